package sallyport.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sallyport.config.backend.BackendConfig;
import sallyport.net.Failure;
import sallyport.testkit.Backends;

/** Endpoints that come and go while their cluster is in use. */
class ClusterMembershipTest {
  private final BackendConfig config =
      Backends.config(
          "endpoints = [ \"name:1\", \"10.0.0.9:1\" ], ejection.consecutive-failures = 1");
  private final List<String> changes = new ArrayList<>();
  private final Cluster cluster =
      new Cluster(
          config,
          (endpoint, outcome) -> {},
          (endpoint, change) ->
              changes.add(endpoint.described() + " " + change.getClass().getSimpleName()),
          () -> 0);
  private final List<String> heard = new ArrayList<>();

  private final class Heard implements MembershipListener {
    @Override
    public void joined(Endpoint endpoint) {
      heard.add("joined " + endpoint.described());
    }

    @Override
    public void left(Endpoint endpoint) {
      heard.add("left " + endpoint.described());
    }
  }

  /** Puts these addresses in place of the name; the other endpoint stays. */
  private void resolve(String... addresses) {
    cluster.use(
        Stream.concat(
                Stream.of(addresses)
                    .map(
                        address ->
                            Target.at(
                                config.endpoints().getFirst(),
                                new InetSocketAddress(InetAddress.ofLiteral(address), 1))),
                Stream.of(Target.of(config.endpoints().get(1))))
            .toList());
  }

  private List<String> addresses() {
    return cluster.endpoints().stream().map(Endpoint::address).toList();
  }

  private Pick.Picked pick() {
    return (Pick.Picked) cluster.pick(PickContext.FIRST);
  }

  /** One request fails at each endpoint in turn. */
  private void fail(int requests) {
    List<Pick.Picked> picked = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      picked.add(pick());
    }
    picked.forEach(
        each ->
            each.completion().done(new Outcome.ConnectFailed(Failure.Upstream.CONNECT_REFUSED)));
  }

  @Test
  void aNameHasOneEndpointUntilItsAddressesAreKnown() {
    assertThat(cluster.endpoints())
        .extracting(Endpoint::name)
        .containsExactly("name:1", "10.0.0.9:1");
    assertThat(addresses()).containsExactly("", "");
    resolve("10.0.0.1", "10.0.0.2");
    assertThat(cluster.endpoints())
        .extracting(Endpoint::name)
        .containsExactly("name:1", "name:1", "10.0.0.9:1");
    assertThat(addresses()).containsExactly("10.0.0.1:1", "10.0.0.2:1", "");
  }

  @Test
  void listenersHearWhoIsThereThenWhoJoinsThenWhoLeaves() {
    cluster.onMembership(new Heard());
    resolve("10.0.0.1");
    resolve("10.0.0.2", "10.0.0.1");
    resolve("10.0.0.2");
    resolve("10.0.0.2");
    assertThat(heard)
        .containsExactly(
            "joined name:1",
            "joined 10.0.0.9:1",
            "joined name:1 at 10.0.0.1:1",
            "left name:1",
            "joined name:1 at 10.0.0.2:1",
            "left name:1 at 10.0.0.1:1");
  }

  @Test
  void whatStaysIsTheSameEndpointWithItsLoad() {
    resolve("10.0.0.1", "10.0.0.2");
    Endpoint before = cluster.endpoints().get(1);
    Endpoint written = cluster.endpoints().get(2);
    before.requestStarted();
    resolve("10.0.0.3", "10.0.0.2");
    assertThat(cluster.endpoints().get(1)).isSameAs(before);
    assertThat(cluster.endpoints().get(2)).isSameAs(written);
    assertThat(before.requests()).isEqualTo(1);
    assertThat(before.hasLeft()).isFalse();
  }

  @Test
  void anAddressThatIsToldTwiceIsOneEndpoint() {
    resolve("10.0.0.1", "10.0.0.1");
    assertThat(addresses()).containsExactly("10.0.0.1:1", "");
  }

  @Test
  void whatHasLeftIsChosenNoMoreButByWhatIsBoundToIt() {
    resolve("10.0.0.1");
    Endpoint gone = cluster.endpoints().getFirst();
    resolve("10.0.0.2");
    for (int i = 0; i < 4; i++) {
      assertThat(pick().endpoint()).isNotSameAs(gone);
    }
    Pick bound = cluster.pick(PickContext.boundTo(gone, true));
    assertThat(((Pick.Picked) bound).endpoint()).isSameAs(gone);
  }

  @Test
  void anAddressThatJoinsADrainedNameIsDrained() {
    cluster.drain("name:1");
    resolve("10.0.0.1");
    resolve("10.0.0.2", "10.0.0.1");
    assertThat(cluster.endpoints())
        .extracting(endpoint -> endpoint.isWithdrawn(Withdrawal.DRAINED))
        .containsExactly(true, true, false);
    cluster.undrain("name:1");
    resolve("10.0.0.1", "10.0.0.2", "10.0.0.3");
    assertThat(cluster.endpoints().get(2).isWithdrawn(Withdrawal.DRAINED)).isFalse();
  }

  /** At most half may be out: one of two, as long as it is there. */
  @Test
  void anEjectionThatLeavesMakesRoomForAnother() {
    resolve("10.0.0.1");
    fail(2);
    assertThat(changes).containsExactly("name:1 at 10.0.0.1:1 Ejected", "10.0.0.9:1 Kept");
    resolve("10.0.0.2");
    assertThat(cluster.endpoints()).allMatch(Endpoint::isUp);
    changes.clear();
    fail(2);
    assertThat(changes).hasSize(2).first().asString().endsWith("Ejected");
  }

  @Test
  void moreEndpointsMeanThatMoreMayBeOut() {
    resolve("10.0.0.1", "10.0.0.2", "10.0.0.3");
    fail(4);
    assertThat(changes).filteredOn(each -> each.endsWith("Ejected")).hasSize(2);
  }

  @Test
  void whatFailsAfterItHasLeftIsNotEjected() {
    resolve("10.0.0.1");
    Pick.Picked late = pick();
    assertThat(late.endpoint().address()).isEqualTo("10.0.0.1:1");
    resolve("10.0.0.2");
    late.completion().done(new Outcome.ConnectFailed(Failure.Upstream.CONNECT_REFUSED));
    assertThat(changes).isEmpty();
    assertThat(late.endpoint().isUp()).as("it is no endpoint any more").isFalse();
  }

  @Test
  void aWithdrawalCountsOnlyAsLongAsTheEndpointIsThere() {
    resolve("10.0.0.1");
    Endpoint gone = cluster.endpoints().getFirst();
    gone.withdraw(Withdrawal.UNHEALTHY);
    assertThat(pick().endpoint().name()).isEqualTo("10.0.0.9:1");
    assertThat(pick().endpoint().name()).isEqualTo("10.0.0.9:1");
    resolve("10.0.0.2");
    // Neither the late word of a check nor that of an operator counts.
    gone.restore(Withdrawal.UNHEALTHY);
    gone.withdraw(Withdrawal.DRAINED);
    gone.restore(Withdrawal.DRAINED);
    assertThat(Stream.generate(() -> pick().endpoint().described()).limit(2))
        .containsExactlyInAnyOrder("name:1 at 10.0.0.2:1", "10.0.0.9:1");
    Endpoint other = cluster.endpoints().getFirst();
    other.withdraw(Withdrawal.DRAINED);
    assertThat(pick().endpoint().name()).isEqualTo("10.0.0.9:1");
    assertThat(pick().endpoint().name()).isEqualTo("10.0.0.9:1");
  }
}
