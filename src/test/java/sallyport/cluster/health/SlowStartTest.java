package sallyport.cluster.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlowStartTest {
  /** A clock of the JVM may begin below 0. */
  private final AtomicLong now = new AtomicLong(-7);

  private final SlowStart slowStart = new SlowStart(Duration.ofSeconds(30), now::get);

  private void pass(long millis) {
    now.addAndGet(Duration.ofMillis(millis).toNanos());
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "2999, 1", "6000, 2", "15000, 5", "29999, 9", "30000, 10", "99000, 10"})
  void theShareGrowsFromATenthToAll(long millis, int share) {
    long begin = slowStart.begin();
    pass(millis);
    assertThat(slowStart.share(begin)).isEqualTo(share);
    assertThat(slowStart.isAny()).isEqualTo(share < SlowStart.FULL);
  }

  @Test
  void anEndpointThatNeverWasOutHasAll() {
    assertThat(slowStart.share(SlowStart.NONE)).isEqualTo(SlowStart.FULL);
    assertThat(slowStart.isAny()).isFalse();
  }

  @Test
  void theLatestOfSeveralCounts() {
    slowStart.begin();
    pass(20_000);
    slowStart.begin();
    pass(20_000);
    assertThat(slowStart.isAny()).isTrue();
    pass(10_000);
    assertThat(slowStart.isAny()).isFalse();
  }

  @Test
  void withoutATimeThereIsNone() {
    SlowStart none = new SlowStart(Duration.ZERO, now::get);
    assertThat(none.begin()).isEqualTo(SlowStart.NONE);
    assertThat(none.isAny()).isFalse();
  }
}
