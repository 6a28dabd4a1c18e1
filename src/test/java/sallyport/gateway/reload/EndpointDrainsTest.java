package sallyport.gateway.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.admin.Control.Answer;
import sallyport.admin.Control.Outcome;
import sallyport.cluster.Cluster;
import sallyport.cluster.Withdrawal;
import sallyport.testkit.Backends;

/** Drains by the names of endpoints, and what of them another configuration gets. */
class EndpointDrainsTest {
  private final EndpointDrains drains = new EndpointDrains();
  private final Map<String, Cluster> clusters =
      clusters(Map.of("app", "\"a:1\", \"b:1\"", "lab", "\"b:1\", \"c:1\"", "one", "\"d:1\""));

  private static Map<String, Cluster> clusters(Map<String, String> endpoints) {
    Map<String, Cluster> clusters = new LinkedHashMap<>();
    endpoints.keySet().stream()
        .sorted()
        .forEach(
            name ->
                clusters.put(
                    name,
                    new Cluster(
                        Backends.config("endpoints = [ %s ]".formatted(endpoints.get(name))))));
    return clusters;
  }

  private Answer drain(String name) {
    return drains.drain(clusters, name, /* force= */ false, "me");
  }

  private static List<String> drained(Map<String, Cluster> clusters) {
    return clusters.entrySet().stream()
        .flatMap(
            cluster ->
                cluster.getValue().endpoints().stream()
                    .filter(endpoint -> endpoint.isWithdrawn(Withdrawal.DRAINED))
                    .map(endpoint -> cluster.getKey() + "/" + endpoint.name()))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"a:1, app/a:1", "app/a:1, app/a:1", "lab/b:1, lab/b:1", "c:1, lab/c:1"})
  void anEndpointIsFoundByItsNameAndByThatOfItsBackend(String written, String found) {
    assertThat(drain(written))
        .isEqualTo(new Answer(Outcome.DONE, List.of(found + ": drained; requests in progress: 0")));
    assertThat(drained(clusters)).containsExactly(found);
  }

  @Test
  void aNameOfSeveralBackendsIsRefusedWithTheNamesToChooseFrom() {
    assertThat(drain("b:1"))
        .isEqualTo(
            new Answer(
                Outcome.REFUSED,
                List.of(
                    "'b:1' is an endpoint of several backends; name one of:",
                    "  app/b:1",
                    "  lab/b:1")));
    assertThat(drained(clusters)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"b:2", "app", "lab/a:1", "''", "off"})
  void aNameThatThereIsNotIsToldWithThoseThereAre(String name) {
    Answer answer = drain(name);
    assertThat(answer.outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(answer.lines())
        .containsExactly(
            "there is no endpoint '" + name + "'; there are:",
            "  app/a:1",
            "  app/b:1",
            "  lab/b:1",
            "  lab/c:1",
            "  one/d:1");
    assertThat(drains.undrain(clusters, name, "me").outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void theLastEndpointIsDrainedByForceAlone() {
    assertThat(drain("d:1").outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(drained(clusters)).isEmpty();
    drain("a:1");
    assertThat(drain("app/b:1").outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(drains.drain(clusters, "app/b:1", /* force= */ true, "me").isDone()).isTrue();
    assertThat(drained(clusters)).containsExactly("app/a:1", "app/b:1");
  }

  @Test
  void anEndpointThatIsOutOfServiceIsNoOther() {
    Objects.requireNonNull(clusters.get("app"))
        .endpoints()
        .getFirst()
        .withdraw(Withdrawal.UNHEALTHY);
    assertThat(drain("app/b:1").outcome()).isEqualTo(Outcome.REFUSED);
    // The one that is out loses nothing.
    assertThat(drain("a:1").isDone()).isTrue();
  }

  @Test
  void aDrainEndsOnce() {
    drain("a:1");
    assertThat(drain("a:1").lines()).containsExactly("app/a:1: is drained already");
    assertThat(drains.undrain(clusters, "a:1", "me").lines())
        .containsExactly("app/a:1: takes requests again");
    assertThat(drains.undrain(clusters, "a:1", "me").lines())
        .containsExactly("app/a:1: is not drained");
    assertThat(drained(clusters)).isEmpty();
  }

  @Test
  void allDrainsEndTogether() {
    drain("a:1");
    drain("c:1");
    assertThat(drains.undrain(clusters, null, "me").lines())
        .containsExactly("app/a:1: takes requests again", "lab/c:1: takes requests again");
    assertThat(drained(clusters)).isEmpty();
    assertThat(drains.undrain(clusters, null, "me"))
        .isEqualTo(new Answer(Outcome.DONE, List.of("no endpoint is drained")));
  }

  @Test
  void anotherConfigurationHasTheDrainsOfTheEndpointsThatItKeeps() {
    drain("app/b:1");
    drain("c:1");
    Map<String, Cluster> next = clusters(Map.of("app", "\"b:1\", \"e:1\"", "lab", "\"b:1\""));
    drains.carryOver(next);
    assertThat(drained(next)).containsExactly("app/b:1");
    // One that was left out and comes back is a new one.
    Map<String, Cluster> last = clusters(Map.of("app", "\"b:1\"", "lab", "\"c:1\", \"b:1\""));
    drains.carryOver(last);
    assertThat(drained(last)).containsExactly("app/b:1");
    assertThat(drains.undrain(last, null, "me").lines())
        .containsExactly("app/b:1: takes requests again");
  }
}
