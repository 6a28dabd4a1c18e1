package sallyport.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Lines at times that the test sets. */
class LogRateLimitTest {
  private long now = Long.MAX_VALUE - 5;
  private final LogRateLimit limit = new LogRateLimit(() -> now);
  private final List<Long> lines = new ArrayList<>();

  @Test
  void theFirstLineIsWrittenAndTheNextAfterTenSecondsSaysHowManyWereLeftOut() {
    for (int i = 0; i < 4; i++) {
      limit.write(lines::add);
    }
    assertThat(lines).containsExactly(0L);
    now += TimeUnit.SECONDS.toNanos(10);
    limit.write(lines::add);
    limit.write(lines::add);
    assertThat(lines).containsExactly(0L, 3L);
    now += TimeUnit.SECONDS.toNanos(10);
    limit.write(lines::add);
    assertThat(lines).containsExactly(0L, 3L, 1L);
  }

  @Test
  void aLineThatStandsAloneSaysNothingOfOthers() {
    assertThat(LogRateLimit.suffix(0)).isEmpty();
    assertThat(LogRateLimit.suffix(7)).isEqualTo(" (and 7 more since the last such line)");
  }
}
