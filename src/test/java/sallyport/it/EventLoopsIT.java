package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.EndlessRelay;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2Origin;
import sallyport.testkit.Setup;

/** Several event loops and one endpoint: its places, and how many connections a start opens. */
class EventLoopsIT {
  private static final int LOOPS = 3;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private void start(Setup setup) {
    gateway.startWith(setup.hocon().replace("runtime.workers = 1", "runtime.workers = " + LOOPS));
  }

  private List<RawClient> ask(int count) throws IOException {
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      clients.add(gateway.connect());
    }
    for (RawClient client : clients) {
      client.get("/");
    }
    return clients;
  }

  /** With so many clients, each event loop has some. */
  @Test
  void anIdleConnectionOfOneEventLoopMakesWayForAnother() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, "x"));
    start(Setup.to(origin).backend("pool.max-connections = 1"));
    for (int i = 0; i < 4 * LOOPS; i++) {
      assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    }
    assertThat(origin.connections()).as("event loops took turns").isGreaterThan(1);
    assertThat(gateway.metric("gateway_upstream_connections_active")).isEqualTo(1);
  }

  @Test
  void anIdleSessionOfOneEventLoopMakesWayForAnother() throws Exception {
    RawHttp2Origin origin = gateway.closing(RawHttp2Origin.start(100));
    start(Setup.to(origin.address()).backend("pool.max-connections = 1"));
    for (int i = 0; i < 4 * LOOPS; i++) {
      RawClient client = gateway.connect().get("/");
      origin.take(1).getFirst().answer();
      assertThat(client.readHead().status()).isEqualTo(204);
    }
    assertThat(origin.connections()).as("event loops took turns").isGreaterThan(1);
  }

  @Test
  void exchangesOfAllEventLoopsGetTheirTurnOfFewConnections() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, "x"));
    start(Setup.to(origin).backend("pool.max-connections = 3, connect-timeout = 1m"));
    for (RawClient client : ask(30)) {
      assertThat(client.read().status()).isEqualTo(200);
    }
    assertThat(gateway.metric("gateway_upstream_connections_active")).isLessThanOrEqualTo(3);
  }

  @Test
  void untilTheFirstHandshakeHasEndedAllWaitForItsSession() throws Exception {
    RawHttp2Origin origin = gateway.closing(RawHttp2Origin.start(100));
    start(Setup.to(origin.address()));
    List<RawClient> clients = ask(30);
    for (RawHttp2Origin.Held held : origin.take(30)) {
      held.answer();
    }
    for (RawClient client : clients) {
      assertThat(client.readHead().status()).isEqualTo(204);
    }
    assertThat(origin.connections()).as("one of each event loop").isLessThanOrEqualTo(LOOPS);
  }

  @Test
  void aFirstHandshakeThatFailsFailsNobodyElse() throws Exception {
    Origin origin = gateway.origin(r -> r.reply(200, "x"));
    ServerSocket front = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    gateway.closing(front);
    gateway.start(Setup.to("127.0.0.1:" + front.getLocalPort()));
    RawClient leader = gateway.connect().get("/leader");
    try (Socket first = front.accept()) {
      List<RawClient> followers = ask(10);
      // They have been routed, and wait.
      while (gateway.metric("gateway_downstream_exchanges_active") < 11) {
        Thread.onSpinWait();
      }
      gateway.closing(EndlessRelay.on(front, origin.address()));
      first.close();
      assertThat(leader.read().status()).isEqualTo(502);
      for (RawClient follower : followers) {
        assertThat(follower.read().status()).isEqualTo(200);
      }
    }
  }

  /** None is answered before all have come: each has a connection of its own. */
  @Test
  void aBackendOfHttp1IsAskedByAllThatWaitedForItsFirstHandshake() throws IOException {
    CountDownLatch all = new CountDownLatch(20);
    Origin origin =
        gateway.origin(
            r -> {
              all.countDown();
              try {
                assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              r.reply(200, "x");
            });
    start(Setup.to(origin));
    for (RawClient client : ask(20)) {
      assertThat(client.read().status()).isEqualTo(200);
    }
    assertThat(origin.connections()).isEqualTo(20);
  }
}
