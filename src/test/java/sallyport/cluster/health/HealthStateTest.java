package sallyport.cluster.health;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.health.HealthConfig;
import sallyport.net.Failure;
import sallyport.testkit.Backends;

class HealthStateTest {
  private static final CheckResult PASSED = new CheckResult.Passed();
  private static final CheckResult.Failed REFUSED =
      new CheckResult.Failing(Failure.Upstream.CONNECT_REFUSED, null);

  private static HealthConfig rules(int rise, int fall) {
    return Backends.config(
            "endpoints = [ \"a:1\" ], health { check = http, rise = "
                + rise
                + ", fall = "
                + fall
                + " }")
        .health();
  }

  /** Each result and what the endpoint is after it: + passes, - fails, U up, D down. */
  @ParameterizedTest
  @CsvSource({
    // rise, fall, results, states after each
    "2, 3, +,         U",
    "2, 3, -,         D",
    "2, 3, -++,       DDU",
    "2, 3, -+-++,     DDDDU",
    "2, 3, +--+---,   UUUUUUD",
    "2, 3, +---++--,  UUUDDUUU",
    "2, 3, +---++---, UUUDDUUUD",
    "1, 1, +-+-,      UDUD",
    "3, 1, +-+++,     UDDDU",
  })
  void theFirstCheckDecidesAndThenRiseAndFall(int rise, int fall, String results, String states) {
    HealthConfig rules = rules(rise, fall);
    StringBuilder seen = new StringBuilder();
    HealthState state = HealthState.UNCHECKED;
    for (int i = 0; i < results.length(); i++) {
      state = state.after(results.charAt(i) == '+' ? PASSED : REFUSED, rules);
      seen.append(state.isHealthy() ? 'U' : 'D');
    }
    assertThat(seen).hasToString(states);
  }

  @Test
  void anUncheckedEndpointCountsAsHealthy() {
    assertThat(HealthState.UNCHECKED.isHealthy()).isTrue();
  }

  @Test
  void anUnhealthyEndpointHasTheLatestReason() {
    HealthConfig rules = rules(2, 3);
    HealthState state =
        HealthState.UNCHECKED.after(REFUSED, rules).after(new CheckResult.WrongStatus(503), rules);
    assertThat(state).isEqualTo(new HealthState.Unhealthy(new CheckResult.WrongStatus(503), 1, 0));
    assertThat(new CheckResult.WrongStatus(503).reason()).isEqualTo("its status is 503");
  }

  @Test
  void aHealthyEndpointThatPassesKeepsItsState() {
    HealthState healthy = HealthState.UNCHECKED.after(PASSED, rules(2, 3));
    assertThat(healthy.after(PASSED, rules(2, 3))).isSameAs(healthy);
  }

  @ParameterizedTest
  @CsvSource({"200, true", "299, true", "300, false", "401, true", "403, false", "500, false"})
  void statusesAreExpectedByClassOrAlone(int status, boolean expected) {
    HealthConfig rules =
        Backends.config("endpoints = [ \"a:1\" ], health.expect = [ 2xx, \"401\" ]").health();
    assertThat(rules.expects(status)).isEqualTo(expected);
  }
}
