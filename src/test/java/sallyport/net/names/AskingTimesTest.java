package sallyport.net.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AskingTimesTest {
  private static final Duration LEAST = Duration.ofSeconds(5);
  private static final Duration MOST = Duration.ofMinutes(5);

  private static AskingTimes times(double random) {
    return new AskingTimes(LEAST, MOST, () -> random);
  }

  @ParameterizedTest
  @CsvSource({
    // time to live, used for, in seconds
    "0, 5",
    "4, 5",
    "5, 5",
    "60, 60",
    "300, 300",
    "301, 300",
    "2147483647, 300"
  })
  void anAnswerIsUsedForItsTimeWithinBounds(long timeToLive, long used) {
    assertThat(times(0).afterAnswer(Duration.ofSeconds(timeToLive)))
        .isEqualTo(Duration.ofSeconds(used));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "3, 4", "4, 8", "5, 16", "6, 30", "7, 30", "1000000, 30"})
  void pausesAfterFailuresGrowToABound(int failures, long seconds) {
    assertThat(times(0).afterFailure(failures)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void chanceMakesATimeALittleLonger() {
    assertThat(times(0.5).afterAnswer(Duration.ofSeconds(100))).isEqualTo(Duration.ofSeconds(105));
    assertThat(times(0.5).afterFailure(1)).isEqualTo(Duration.ofMillis(1050));
  }

  @Test
  void aShorterLeastTimeShortensTheFirstPause() {
    AskingTimes times = new AskingTimes(Duration.ofMillis(20), MOST, () -> 0);
    assertThat(times.afterFailure(1)).isEqualTo(Duration.ofMillis(20));
    assertThat(times.afterFailure(2)).isEqualTo(Duration.ofMillis(40));
  }
}
