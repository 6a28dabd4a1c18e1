package sallyport.credentials.acme;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.AcmeConfig;

/** Times of the next attempts after failures: later and later, up to a bound, and spread. */
final class Backoff {
  /** What an authority may ask for; limits of theirs run for a week. */
  private static final Duration LONGEST_WISH = Duration.ofDays(7);

  private final Duration first;
  private final Duration longest;
  private int failures;

  Backoff(AcmeConfig.Renewal config) {
    this.first = config.retryFirst();
    this.longest = config.retryLongest();
  }

  void succeeded() {
    failures = 0;
  }

  /**
   * @param wish of the authority; null when it has none
   * @param random 0 to 1
   */
  Instant failed(Instant now, @Nullable Instant wish, double random) {
    Duration pause = first;
    for (int i = 0; i < failures && pause.compareTo(longest) < 0; i++) {
      pause = pause.multipliedBy(2);
    }
    failures++;
    if (pause.compareTo(longest) > 0) {
      pause = longest;
    }
    Instant next = now.plus(Duration.ofNanos((long) (pause.toNanos() * (0.75 + random / 4))));
    if (wish == null || !wish.isAfter(next)) {
      return next;
    }
    Instant bound = now.plus(LONGEST_WISH);
    return wish.isBefore(bound) ? wish : bound;
  }
}
