package sallyport.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.Balance;
import sallyport.testkit.Backends;

class BackendTest {
  private static Backend backend(Balance balance, String... endpoints) {
    return new Backend(config(balance, endpoints));
  }

  private static BackendConfig config(Balance balance, String... endpoints) {
    return Backends.config(
        "balance = "
            + (balance == Balance.ROUND_ROBIN ? "round-robin" : "least-requests")
            + ", endpoints = [ \""
            + String.join("\", \"", endpoints)
            + "\" ]");
  }

  private static List<String> names(Stream<Endpoint> endpoints) {
    return endpoints.map(Endpoint::host).toList();
  }

  @Test
  void firstAttemptsTakeTurns() {
    Backend backend = backend(Balance.ROUND_ROBIN, "a:1", "b:1", "c:1");
    assertThat(names(Stream.generate(backend::select).limit(5)))
        .containsExactly("a", "b", "c", "a", "b");
  }

  /** Of two, one is dead: every second request meets it, and not each. */
  @Test
  void aRetryTakesNoTurn() {
    Backend backend = backend(Balance.ROUND_ROBIN, "dead:1", "b:1");
    List<String> first = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Endpoint chosen = backend.select();
      first.add(chosen.host());
      if (chosen.host().equals("dead")) {
        assertThat(backend.selectOther(List.of(chosen)).host()).isEqualTo("b");
      }
    }
    assertThat(first).containsExactly("dead", "b", "dead", "b");
  }

  @Test
  void allEndpointsThatWereTriedAreAvoided() {
    Backend backend = backend(Balance.ROUND_ROBIN, "a:1", "b:1", "c:1");
    List<Endpoint> tried = new ArrayList<>(List.of(backend.select()));
    tried.add(backend.selectOther(tried));
    tried.add(backend.selectOther(tried));
    assertThat(names(tried.stream())).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void whereAllWereTriedTheLastOneIsNext() {
    Backend backend = backend(Balance.ROUND_ROBIN, "a:1", "b:1");
    assertThat(backend.selectOther(backend.endpoints().reversed()).host()).isEqualTo("a");
  }

  @Test
  void theRetriesOfADeadEndpointSpreadOverTheOthers() {
    Backend backend = backend(Balance.ROUND_ROBIN, "dead:1", "b:1", "c:1");
    List<Endpoint> dead = backend.endpoints().subList(0, 1);
    assertThat(names(Stream.generate(() -> backend.selectOther(dead)).limit(4)))
        .containsExactly("b", "c", "b", "c");
  }

  @Test
  void theLeastBusyEndpointIsChosen() {
    Backend backend = backend(Balance.LEAST_REQUESTS, "a:1", "b:1", "c:1");
    backend.endpoints().get(0).requestStarted();
    backend.endpoints().get(2).requestStarted();
    assertThat(names(Stream.generate(backend::select).limit(3))).containsOnly("b");
  }

  @Test
  void aRetryGoesToTheLeastBusyOfTheOthers() {
    Backend backend = backend(Balance.LEAST_REQUESTS, "a:1", "b:1", "c:1");
    backend.endpoints().get(1).requestStarted();
    List<Endpoint> tried = backend.endpoints().subList(0, 1);
    assertThat(names(Stream.generate(() -> backend.selectOther(tried)).limit(3))).containsOnly("c");
  }

  @Test
  void equallyBusyEndpointsTakeTurns() {
    Backend backend = backend(Balance.LEAST_REQUESTS, "a:1", "b:1");
    assertThat(names(Stream.generate(backend::select).limit(4)))
        .containsExactly("a", "b", "a", "b");
  }
}
