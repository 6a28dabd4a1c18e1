package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cluster.Cluster;
import sallyport.cluster.Target;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.gateway.InUse;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.Nginx;
import sallyport.testkit.NumberedClients;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** Endpoints that come and go under traffic. */
class EndpointChangesIT {
  private static final int CHANGES = 20;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static InetSocketAddress address(Origin origin) {
    String[] parts = origin.address().split(":", 2);
    return new InetSocketAddress(parts[0], Integer.parseInt(parts[1]));
  }

  /** The name of the backend stands for these from now on. */
  private void use(Origin... origins) {
    Cluster cluster = InUse.cluster(gateway.gateway(), "app");
    cluster.use(
        Arrays.stream(origins)
            .map(origin -> Target.at(cluster.config().endpoints().getFirst(), address(origin)))
            .toList());
  }

  private Origin echo() {
    return gateway.origin(request -> request.answer(200, request.body()));
  }

  /** Each request has a body of its own, so that one that came twice or never is found. */
  private void assertNothingIsLost(String settings) throws Exception {
    Origin one = echo();
    Origin other = echo();
    gateway.start(Setup.to("names.test:1").backend(settings));
    use(one);
    try (NumberedClients clients = NumberedClients.start(gateway.https(), 4)) {
      for (int i = 0; i < CHANGES; i++) {
        Origin next = i % 2 == 0 ? other : one;
        Origin before = i % 2 == 0 ? one : other;
        use(next);
        int reached = next.requests().size();
        Eventually.equal(
            "requests reach the new address", true, () -> next.requests().size() > reached + 10);
        gateway.awaitMetric(
            0, "gateway_upstream_connections_active", "address=\"" + before.address() + "\"");
      }
      List<String> sent = clients.stop();
      List<String> received =
          List.of(one, other).stream()
              .flatMap(origin -> origin.requests().stream())
              .map(request -> String.valueOf(request.header("x-number")))
              .toList();
      assertThat(clients.failures()).isEmpty();
      Set<String> once = new HashSet<>(received);
      assertThat(once).as("none twice").hasSameSizeAs(received);
      assertThat(once).containsExactlyInAnyOrderElementsOf(sent);
    }
  }

  @Test
  void noRequestIsLostAndNoneIsSentTwice() throws Exception {
    assertNothingIsLost("");
  }

  @Test
  void noRequestIsLostWhereConnectionsAreFew() throws Exception {
    assertNothingIsLost("pool.max-connections = 2");
  }

  @Test
  void whatIsInProgressEndsWhereItBegan() throws IOException {
    Semaphore answer = new Semaphore(0);
    Origin slow =
        gateway.origin(
            request -> {
              answer.acquireUninterruptibly();
              request.reply(200, "slow");
            });
    Origin other = gateway.origin(request -> request.reply(200, "other"));
    gateway.start(Setup.to("names.test:1"));
    use(slow);
    RawClient waiting = gateway.connect().get("/");
    Eventually.equal("it is there", true, () -> slow.requests().size() == 1);
    use(other);
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("other");
    assertThat(gateway.metric("gateway_upstream_connections_active", at(slow))).isEqualTo(1);
    answer.release();
    assertThat(waiting.read().body()).isEqualTo("slow");
    // Its connection closed with it, and took the meters along.
    Eventually.equal(
        "the series are gone", true, () -> !gateway.admin("/metrics").body().contains(at(slow)));
    assertThat(gateway.metric("gateway_upstream_connections_active", at(other))).isEqualTo(1);
  }

  @Test
  void healthChecksFollowTheEndpoints() {
    HeldPort gone = gateway.closing(HeldPort.hold());
    Origin serving = echo();
    gateway.start(
        Setup.to("names.test:1")
            .backend("health { check = tcp, interval = 100ms, timeout = 50ms, fall = 1 }"));
    Cluster cluster = InUse.cluster(gateway.gateway(), "app");
    EndpointConfig name = cluster.config().endpoints().getFirst();
    String[] parts = gone.address().split(":", 2);
    InetSocketAddress nobody = new InetSocketAddress(parts[0], Integer.parseInt(parts[1]));
    cluster.use(List.of(Target.at(name, nobody), Target.at(name, address(serving))));
    String tag = "address=\"" + gone.address() + "\"";
    gateway.awaitMetric(0, "gateway_upstream_endpoint_up", tag);
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", at(serving));
    use(serving);
    Eventually.equal("series", false, () -> gateway.admin("/metrics").body().contains(tag));
  }

  /** Such as behind an address that a load balancer or a fail-over has. */
  @ParameterizedTest
  @ValueSource(strings = {"http1", "http2"})
  void aConnectionIsUsedNoLongerThanItsGreatestAge(String protocol) throws Exception {
    String address =
        protocol.equals("http1")
            ? echo().address()
            : gateway
                .closing(
                    Nginx.start(
                        gateway.file("nginx"),
                        "http2",
                        "location / { return 200 $http_x_number; }"))
                .address();
    gateway.start(
        Setup.to(address)
            .backend("protocol = " + protocol + ", pool { max-age = 200ms, idle-timeout = 1h }"));
    try (NumberedClients clients = NumberedClients.start(gateway.https(), 2)) {
      Eventually.equal(
          "others follow",
          true,
          () -> gateway.metric("gateway_upstream_connect_seconds_count") > 8);
      clients.stop();
      assertThat(clients.failures()).isEmpty();
    }
    gateway.awaitMetric(0, "gateway_upstream_connections_active");
  }

  private static String at(Origin origin) {
    return "address=\"" + origin.address() + "\"";
  }

  @Test
  void eachAddressHasItsSeriesAndItsRow() throws IOException {
    Origin one = echo();
    Origin other = echo();
    gateway.start(Setup.to("names.test:1"));
    use(one, other);
    for (int i = 0; i < 4; i++) {
      assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    }
    assertThat(one.requests()).hasSize(2);
    assertThat(other.requests()).hasSize(2);
    for (Origin each : List.of(one, other)) {
      assertThat(
              gateway.metric("gateway_upstream_endpoint_up", at(each), "endpoint=\"names.test:1\""))
          .isEqualTo(1);
      assertThat(gateway.admin("/").body())
          .contains("<td>names.test:1 at " + each.address() + "<td>1<td>in service");
    }
  }
}
