package sallyport.cluster.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import sallyport.testkit.Backends;

class CheckTimesTest {
  private double chance = 0.5;

  private CheckTimes times(String health) {
    return new CheckTimes(
        Backends.config("endpoints = [ \"a:1\" ], health { " + health + " }").health(),
        () -> chance);
  }

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  @Test
  void theFirstCheckComesWithinTheJitter() {
    assertThat(times("interval = 5s, jitter = 20%").first()).isEqualTo(millis(500));
    assertThat(times("interval = 5s, jitter = 0%").first()).isZero();
  }

  @Test
  void theIntervalIsFromStartToStartAndAtMostTheJitterLonger() {
    CheckTimes times = times("interval = 5s, jitter = 20%");
    assertThat(times.next(millis(100))).isEqualTo(millis(5400));
    chance = 0;
    assertThat(times.next(millis(100))).isEqualTo(millis(4900));
    chance = 0.999;
    assertThat(times.next(0)).isLessThan(millis(6000));
  }

  @Test
  void aCheckThatEndedLateIsFollowedAtOnce() {
    assertThat(times("interval = 2s, timeout = 2s, jitter = 0%").next(millis(2100))).isZero();
  }

  @Test
  void theTimeoutIsForTheWholeCheck() {
    CheckTimes times = times("timeout = 2s");
    assertThat(times.left(millis(500))).isEqualTo(millis(1500));
    assertThat(times.left(millis(2500))).isEqualTo(1);
  }
}
