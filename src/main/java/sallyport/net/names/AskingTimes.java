package sallyport.net.names;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * Times after which a name is asked for again. Each is a little longer by chance, so that names and
 * gateways that began together do not ask together.
 *
 * @param least how long an answer is used at least
 * @param most how long an answer is used at most
 * @param random a number from 0 to below 1
 */
record AskingTimes(Duration least, Duration most, DoubleSupplier random) {
  /** The first pause after a failure, where {@code least} is no shorter. */
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  /** The longest pause after failures. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** The longest addition by chance, as a share. */
  private static final double JITTER = 0.1;

  /** Returns how long an answer is used. */
  Duration afterAnswer(Duration timeToLive) {
    Duration bounded = timeToLive.compareTo(least) < 0 ? least : timeToLive;
    return jittered(bounded.compareTo(most) > 0 ? most : bounded);
  }

  /**
   * Returns the pause after a failure: each is twice as long as the one before.
   *
   * @param failures in a row, 1 or more
   */
  Duration afterFailure(int failures) {
    Duration first = shortest();
    Duration pause = first.multipliedBy(1L << Math.min(failures - 1, 20));
    return jittered(pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause);
  }

  /** Returns the shortest time between two questions for one name. */
  Duration shortest() {
    return least.compareTo(FIRST_PAUSE) < 0 ? least : FIRST_PAUSE;
  }

  private Duration jittered(Duration time) {
    return time.plusNanos((long) (time.toNanos() * JITTER * random.getAsDouble()));
  }
}
