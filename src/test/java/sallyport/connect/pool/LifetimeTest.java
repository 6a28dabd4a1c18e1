package sallyport.connect.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LifetimeTest {
  private static final long DAY = Duration.ofDays(1).toNanos();

  @Test
  void theAgeIsNineTenthsOfTheGreatestOrMore() {
    Duration greatest = Duration.ofMinutes(10);
    assertThat(Lifetime.age(greatest, 0)).isEqualTo(greatest.toNanos());
    assertThat(Lifetime.age(greatest, 0.5)).isEqualTo(Duration.ofSeconds(570).toNanos());
    assertThat(Lifetime.age(greatest, Math.nextDown(1.0)))
        .isGreaterThanOrEqualTo(Duration.ofMinutes(9).toNanos());
  }

  @Test
  void theAgeEndsWhatIsSharedAndNotWhatAClientHasForItself() {
    long now = System.nanoTime();
    Lifetime old = new Lifetime(0, now + DAY, DAY, now);
    assertThat(old.hasExpired()).isTrue();
    assertThat(old.keepNanos()).isZero();
    assertThat(old.leftNanos()).isPositive();
    Lifetime young = new Lifetime(0, now + DAY, DAY, now + DAY);
    assertThat(young.hasExpired()).isFalse();
    assertThat(young.keepNanos()).isPositive();
    Lifetime expired = new Lifetime(0, now, DAY, now + DAY);
    assertThat(expired.hasExpired()).isTrue();
    assertThat(expired.leftNanos()).isZero();
  }
}
