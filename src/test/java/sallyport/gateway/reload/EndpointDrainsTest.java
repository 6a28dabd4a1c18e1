package sallyport.gateway.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.admin.Control.Answer;
import sallyport.admin.Control.Outcome;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Target;
import sallyport.cluster.Withdrawal;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.testkit.Backends;

/** Drains by the names of endpoints, and what of them another configuration gets. */
class EndpointDrainsTest {
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
    return EndpointDrains.drain(clusters, name, /* force= */ false, "me");
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
    assertThat(EndpointDrains.undrain(clusters, name, "me").outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void theLastEndpointIsDrainedByForceAlone() {
    assertThat(drain("d:1").outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(drained(clusters)).isEmpty();
    drain("a:1");
    assertThat(drain("app/b:1").outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(EndpointDrains.drain(clusters, "app/b:1", /* force= */ true, "me").isDone())
        .isTrue();
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
    assertThat(EndpointDrains.undrain(clusters, "a:1", "me").lines())
        .containsExactly("app/a:1: takes requests again");
    assertThat(EndpointDrains.undrain(clusters, "a:1", "me").lines())
        .containsExactly("app/a:1: is not drained");
    assertThat(drained(clusters)).isEmpty();
  }

  @Test
  void allDrainsEndTogether() {
    drain("a:1");
    drain("c:1");
    assertThat(EndpointDrains.undrain(clusters, null, "me").lines())
        .containsExactly("app/a:1: takes requests again", "lab/c:1: takes requests again");
    assertThat(drained(clusters)).isEmpty();
    assertThat(EndpointDrains.undrain(clusters, null, "me"))
        .isEqualTo(new Answer(Outcome.DONE, List.of("no endpoint is drained")));
  }

  @Test
  void anotherConfigurationHasTheDrainsOfTheEndpointsThatItKeeps() {
    drain("app/b:1");
    drain("c:1");
    Map<String, Cluster> next = clusters(Map.of("app", "\"b:1\", \"e:1\"", "lab", "\"b:1\""));
    EndpointDrains.carryOver(clusters, next);
    assertThat(drained(next)).containsExactly("app/b:1");
    // One that was left out and comes back is a new one.
    Map<String, Cluster> last = clusters(Map.of("app", "\"b:1\"", "lab", "\"c:1\", \"b:1\""));
    EndpointDrains.carryOver(next, last);
    assertThat(drained(last)).containsExactly("app/b:1");
    assertThat(EndpointDrains.undrain(last, null, "me").lines())
        .containsExactly("app/b:1: takes requests again");
  }

  // ---- addresses of names

  private static InetSocketAddress socket(String address) {
    String[] parts = address.split(":", 2);
    return new InetSocketAddress(InetAddress.ofLiteral(parts[0]), Integer.parseInt(parts[1]));
  }

  /** The name a:1 of the backend app stands for these from now on; b:1 has no address yet. */
  private static void resolve(Map<String, Cluster> clusters, String... addresses) {
    Cluster cluster = Objects.requireNonNull(clusters.get("app"));
    EndpointConfig name = cluster.config().endpoints().getFirst();
    cluster.use(
        Stream.concat(
                Stream.of(addresses).map(each -> Target.at(name, socket(each))),
                cluster.config().endpoints().stream().skip(1).map(Target::of))
            .toList());
  }

  private static List<String> addressesDrained(Map<String, Cluster> of) {
    return Objects.requireNonNull(of.get("app")).endpoints().stream()
        .filter(endpoint -> endpoint.isWithdrawn(Withdrawal.DRAINED))
        .map(Endpoint::described)
        .toList();
  }

  @Test
  void oneAddressOfANameIsDrainedAlone() {
    resolve(clusters, "10.0.0.1:1", "10.0.0.2:1");
    assertThat(drain("10.0.0.2:1").lines())
        .containsExactly("app/10.0.0.2:1: drained; requests in progress: 0");
    assertThat(addressesDrained(clusters)).containsExactly("a:1 at 10.0.0.2:1");
    assertThat(drain("app/10.0.0.2:1").lines())
        .containsExactly("app/10.0.0.2:1: is drained already");
    assertThat(EndpointDrains.undrain(clusters, "app/10.0.0.2:1", "me").lines())
        .containsExactly("app/10.0.0.2:1: takes requests again");
    assertThat(addressesDrained(clusters)).isEmpty();
  }

  @Test
  void aNameIsAllItsAddressesAlsoThoseThatJoin() {
    resolve(clusters, "10.0.0.1:1", "10.0.0.2:1");
    drain("a:1");
    resolve(clusters, "10.0.0.2:1", "10.0.0.3:1");
    assertThat(addressesDrained(clusters))
        .containsExactly("a:1 at 10.0.0.2:1", "a:1 at 10.0.0.3:1");
  }

  @Test
  void aDrainedAddressStaysDrainedWhileItStays() {
    resolve(clusters, "10.0.0.1:1", "10.0.0.2:1");
    drain("10.0.0.2:1");
    resolve(clusters, "10.0.0.3:1", "10.0.0.2:1");
    assertThat(addressesDrained(clusters)).containsExactly("a:1 at 10.0.0.2:1");
    resolve(clusters, "10.0.0.3:1");
    resolve(clusters, "10.0.0.3:1", "10.0.0.2:1");
    assertThat(addressesDrained(clusters)).as("it left and came back").isEmpty();
    assertThat(EndpointDrains.undrain(clusters, null, "me").lines())
        .containsExactly("no endpoint is drained");
  }

  /** Each of them was drained for a reason of its own. */
  @Test
  void whereAllAddressesAreDrainedOneByOneTheNextOneIsNot() {
    resolve(clusters, "10.0.0.1:1", "10.0.0.2:1");
    drain("10.0.0.1:1");
    drain("10.0.0.2:1");
    resolve(clusters, "10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1");
    assertThat(addressesDrained(clusters))
        .containsExactly("a:1 at 10.0.0.1:1", "a:1 at 10.0.0.2:1");
  }

  @Test
  void theEndOfTheDrainOfANameIsThatOfItsAddresses() {
    resolve(clusters, "10.0.0.1:1", "10.0.0.2:1");
    drain("10.0.0.1:1");
    assertThat(EndpointDrains.undrain(clusters, "a:1", "me").lines())
        .containsExactly("app/a:1: takes requests again");
    assertThat(addressesDrained(clusters)).isEmpty();
    drain("10.0.0.1:1");
    drain("a:1");
    EndpointDrains.undrain(clusters, "a:1", "me");
    assertThat(addressesDrained(clusters)).isEmpty();
  }

  @Test
  void anAddressOfADrainedNameIsNotPutBackAlone() {
    resolve(clusters, "10.0.0.1:1", "10.0.0.2:1");
    drain("10.0.0.1:1");
    drain("a:1");
    assertThat(EndpointDrains.undrain(clusters, "10.0.0.1:1", "me"))
        .isEqualTo(
            new Answer(
                Outcome.REFUSED,
                List.of("app/10.0.0.1:1: is drained with a:1, all of which undrain puts back")));
    assertThat(drain("10.0.0.2:1").lines()).containsExactly("app/10.0.0.2:1: is drained already");
    assertThat(addressesDrained(clusters)).hasSize(2);
    EndpointDrains.undrain(clusters, null, "me");
    assertThat(addressesDrained(clusters)).isEmpty();
  }

  @Test
  void theAddressesAreAmongTheNamesToChooseFrom() {
    resolve(clusters, "10.0.0.1:1");
    assertThat(drain("10.0.0.9:1").lines())
        .startsWith(
            "there is no endpoint '10.0.0.9:1'; there are:",
            "  app/a:1",
            "  app/10.0.0.1:1",
            "  app/b:1");
  }

  @Test
  void theLastAddressIsDrainedByForceAlone() {
    resolve(clusters, "10.0.0.1:1", "10.0.0.2:1");
    drain("b:1");
    drain("app/b:1");
    drain("10.0.0.1:1");
    assertThat(drain("10.0.0.2:1").outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(EndpointDrains.drain(clusters, "10.0.0.2:1", /* force= */ true, "me").isDone())
        .isTrue();
  }

  /** The next cluster hears of the addresses later. */
  @Test
  void anotherConfigurationHasTheDrainOfAnAddressThatJoins() {
    resolve(clusters, "10.0.0.1:1", "10.0.0.2:1");
    drain("10.0.0.2:1");
    Map<String, Cluster> next = clusters(Map.of("app", "\"a:1\", \"e:1\""));
    EndpointDrains.carryOver(clusters, next);
    assertThat(addressesDrained(next)).isEmpty();
    resolve(next, "10.0.0.1:1", "10.0.0.2:1");
    assertThat(addressesDrained(next)).containsExactly("a:1 at 10.0.0.2:1");
    assertThat(EndpointDrains.undrain(next, "10.0.0.2:1", "me").isDone()).isTrue();
    // Without a name, no address is to join.
    drain("10.0.0.2:1");
    Map<String, Cluster> other = clusters(Map.of("app", "\"10.0.0.7:1\", \"10.0.0.8:1\""));
    EndpointDrains.carryOver(clusters, other);
    assertThat(EndpointDrains.undrain(other, null, "me").lines())
        .containsExactly("no endpoint is drained");
  }
}
