package sallyport.cluster.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The budget by a clock of the test's own. */
class RetryBudgetTest {
  private long now = Long.MAX_VALUE - 1;

  private RetryBudget budget(int percent) {
    return new RetryBudget(percent, () -> now);
  }

  private static void requests(RetryBudget budget, int count) {
    for (int i = 0; i < count; i++) {
      budget.requestStarted();
    }
  }

  /** Takes all that are left, and returns their number. */
  private static int takeAll(RetryBudget budget) {
    int taken = 0;
    while (budget.tryTake()) {
      taken++;
    }
    return taken;
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  @ParameterizedTest
  @CsvSource({
    // percent, requests, retries: the least rate has 30 of a window
    "20, 0, 30",
    "20, 4, 30",
    "20, 5, 31",
    "20, 100, 50",
    "20, 1000, 230",
    "0, 1000, 30",
    "50, 100, 80",
    "100, 100, 130"
  })
  void theShareOfTheRequestsMayBeTriedAgainAndTheLeastRate(int percent, int requests, int retries) {
    RetryBudget budget = budget(percent);
    requests(budget, requests);
    assertThat(takeAll(budget)).isEqualTo(retries);
  }

  @Test
  void smallTrafficHasTheLeastRateAgainAfterEachSecond() {
    RetryBudget budget = budget(20);
    assertThat(takeAll(budget)).isEqualTo(RetryBudget.LEAST);
    for (int second = 0; second < 5; second++) {
      assertThat(budget.tryTake()).isFalse();
      pass(Duration.ofSeconds(1));
      assertThat(takeAll(budget)).isEqualTo(RetryBudget.LEAST_PER_SECOND);
    }
  }

  @Test
  void whatIsNotUsedExpiresWithTheWindow() {
    RetryBudget budget = budget(20);
    requests(budget, 1000);
    assertThat(budget.tryTake()).as("of 230").isTrue();
    pass(RetryBudget.WINDOW);
    assertThat(takeAll(budget)).isEqualTo(RetryBudget.LEAST);
  }

  @Test
  void halfOfItIsLeftAfterHalfAWindow() {
    RetryBudget budget = budget(20);
    requests(budget, 1050);
    assertThat(takeAll(budget) + takeAll(budget)).isEqualTo(240);
    requests(budget, 1005);
    assertThat(budget.tryTake()).as("of 201").isTrue();
    pass(RetryBudget.WINDOW.dividedBy(2));
    assertThat(takeAll(budget)).as("100, and 15 of the least rate").isEqualTo(115);
  }

  @Test
  void ofALongTimeWithoutFailuresTheLastWindowCounts() {
    RetryBudget budget = budget(20);
    requests(budget, 100);
    pass(RetryBudget.WINDOW.multipliedBy(10));
    assertThat(takeAll(budget)).as("of 10 requests, and the least rate").isEqualTo(32);
  }

  @Test
  void afterAQuietHourTheTrafficOfTheLastSecondsCounts() {
    RetryBudget budget = budget(20);
    for (int second = 0; second < 3600; second++) {
      pass(Duration.ofSeconds(1));
      requests(budget, 1);
    }
    requests(budget, 1000);
    assertThat(takeAll(budget)).as("200, and the least rate").isBetween(200, 235);
  }

  @Test
  void theLeastRateDoesNotAddUpOverALongTime() {
    RetryBudget budget = budget(20);
    pass(Duration.ofDays(1));
    assertThat(takeAll(budget)).isEqualTo(RetryBudget.LEAST);
  }

  /** Another event loop has read the clock before. */
  @Test
  void aClockThatStandsBehindTakesNothingAway() {
    RetryBudget budget = budget(20);
    assertThat(budget.tryTake()).isTrue();
    pass(Duration.ofSeconds(-1));
    assertThat(takeAll(budget)).isEqualTo(RetryBudget.LEAST - 1);
    pass(Duration.ofSeconds(1));
    assertThat(budget.tryTake()).as("no second has passed").isFalse();
  }

  /** Each attempt fails with one half, and each request may make two more. */
  @ParameterizedTest
  @ValueSource(ints = {0, 5, 20, 50})
  void aBackendThatFailsHalfOfEverythingGetsNoMoreThanTheBudget(int percent) {
    RetryBudget budget = budget(percent);
    Random random = new Random(1);
    int requests = 20_000;
    int attempts = 0;
    for (int i = 0; i < requests; i++) {
      pass(Duration.ofMillis(1));
      budget.requestStarted();
      attempts++;
      int left = 2;
      while (random.nextBoolean() && left > 0 && budget.tryTake()) {
        left--;
        attempts++;
      }
    }
    int least = RetryBudget.LEAST + RetryBudget.LEAST_PER_SECOND * requests / 1000;
    int share = requests * percent / 100;
    assertThat(attempts - requests).isBetween(share * 95 / 100, share + least);
    assertThat(least).as("beside the share").isLessThan(requests / 100);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void inAnyTrafficTheRetriesAreWithinTheBudget(long seed) {
    Random random = new Random(seed);
    int percent = random.nextInt(101);
    RetryBudget budget = budget(percent);
    long begin = now;
    int requests = 0;
    int retries = 0;
    for (int i = 0; i < 5_000; i++) {
      switch (random.nextInt(4)) {
        case 0 -> pass(Duration.ofMillis(random.nextInt(100)));
        case 1 -> pass(Duration.ofMillis(random.nextInt(20) == 0 ? random.nextInt(30_000) : 0));
        case 2 -> {
          int burst = random.nextInt(10);
          requests(budget, burst);
          requests += burst;
        }
        default -> retries += budget.tryTake() ? 1 : 0;
      }
      double seconds = (now - begin) / 1e9;
      assertThat((double) retries)
          .isLessThanOrEqualTo(
              RetryBudget.LEAST
                  + requests * percent / 100.0
                  + seconds * RetryBudget.LEAST_PER_SECOND
                  + 1e-6);
    }
    assertThat(retries).isPositive();
  }
}
