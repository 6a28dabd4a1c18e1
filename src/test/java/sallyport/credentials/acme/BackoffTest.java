package sallyport.credentials.acme;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sallyport.config.certificate.AcmeConfig;

/** When it is tried again. */
class BackoffTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Backoff backoff =
      new Backoff(
          new AcmeConfig.Renewal(
              0.33, Duration.ofHours(6), Duration.ofMinutes(1), Duration.ofMinutes(5)));

  private Duration pause() {
    return Duration.between(NOW, backoff.failed(NOW, null, 1));
  }

  @Test
  void pausesDoubleUpToTheLongest() {
    List<Long> minutes = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      minutes.add(pause().toMinutes());
    }
    assertThat(minutes).containsExactly(1L, 2L, 4L, 5L, 5L);
  }

  @Test
  void theyAreUpToAQuarterShorterSoThatGatewaysDoNotComeTogether() {
    assertThat(backoff.failed(NOW, null, 0)).isEqualTo(NOW.plusSeconds(45));
  }

  @Test
  void afterASuccessTheyBeginAnew() {
    pause();
    pause();
    backoff.succeeded();
    assertThat(pause()).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void anAuthorityThatWantsMoreTimeGetsIt() {
    Instant wish = NOW.plus(Duration.ofHours(3));
    assertThat(backoff.failed(NOW, wish, 1)).isEqualTo(wish);
  }

  @Test
  void butNotTheRestOfTime() {
    assertThat(backoff.failed(NOW, NOW.plus(Duration.ofDays(3650)), 1))
        .isEqualTo(NOW.plus(Duration.ofDays(7)));
  }

  @Test
  void andOneThatWantsLessDoesNotShortenThem() {
    assertThat(backoff.failed(NOW, NOW.plusSeconds(1), 1)).isEqualTo(NOW.plusSeconds(60));
  }
}
