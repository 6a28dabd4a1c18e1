package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** Connections to backends: reused, resumed, and never trusted further than they should be. */
class PoolIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  @Test
  void oneConnectionServesManyRequestsOfManyClients() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, "x"));
    gateway.start(Setup.to(origin).oneLoop());
    for (int i = 0; i < 5; i++) {
      assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    }
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(gateway.metric("gateway_upstream_reused_total")).isEqualTo(4);
    assertThat(gateway.metric("gateway_upstream_connections_idle")).isEqualTo(1);
  }

  /** Where an attacker can make a backend send more than it announced, this is how he goes on. */
  @Test
  void whatFollowsAResponseIsNeverTheBeginningOfTheNext() throws IOException {
    Origin origin =
        gateway.origin(
            r -> {
              if (r.line().contains("/first")) {
                r.write(
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
                        + "HTTP/1.1 418 Evil\r\nSet-Cookie: session=evil\r\nX-Swallow: ");
              } else {
                r.reply(200, "own");
              }
            });
    gateway.start(origin);
    assertThat(gateway.connect().get("/first").read().body()).isEqualTo("hi");
    RawClient.Response next = gateway.connect().get("/next").read();
    assertThat(next.status()).isEqualTo(200);
    assertThat(next.body()).isEqualTo("own");
    assertThat(next.header("set-cookie")).isNull();
    assertThat(origin.connections()).isEqualTo(2);
  }

  /** The beginning of a line that is not whole is no less unasked for. */
  @ParameterizedTest
  @ValueSource(strings = {"H", "\r", "HTTP/1.1 418 Evil"})
  void aConnectionWithOctetsBehindItsResponseIsNotKept(String octets) throws IOException {
    Origin origin =
        gateway.origin(
            r -> {
              if (r.line().contains("/first")) {
                r.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" + octets);
              } else {
                r.reply(200, "own");
              }
            });
    gateway.start(origin);
    assertThat(gateway.connect().get("/first").read().body()).isEqualTo("hi");
    assertThat(gateway.connect().get("/next").read().body()).isEqualTo("own");
    assertThat(origin.connections()).isEqualTo(2);
    assertThat(gateway.metric("gateway_upstream_reused_total")).isZero();
  }

  @Test
  void aNewConnectionResumesTheSession() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, "x", "Connection: close"));
    gateway.start(origin);
    for (int i = 0; i < 3; i++) {
      assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    }
    assertThat(origin.connections()).isEqualTo(3);
    assertThat(gateway.metric("gateway_upstream_handshakes_total", "resumed=\"true\""))
        .isEqualTo(2);
  }

  @Test
  void theGatewayShowsItsCertificate() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, r.clientSubject()));
    gateway.start(origin);
    assertThat(gateway.connect().get("/").read().body()).contains("CN=gateway");
  }

  /** Answers the first request of each connection, and closes without a word at the second. */
  private static Origin.Handler staleAfterOne(AtomicInteger requests) {
    ThreadLocal<Integer> served = ThreadLocal.withInitial(() -> 0);
    return r -> {
      requests.incrementAndGet();
      served.set(served.get() + 1);
      if (served.get() > 1) {
        r.close();
      } else {
        r.reply(200, "x");
      }
    };
  }

  @Test
  void aGetOnAConnectionThatHadGoneStaleIsTriedAgain() throws IOException {
    AtomicInteger requests = new AtomicInteger();
    gateway.start(Setup.to(gateway.origin(staleAfterOne(requests))).oneLoop());
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    assertThat(requests).hasValue(3);
    assertThat(gateway.metric("gateway_upstream_retries_total")).isEqualTo(1);
  }

  @Test
  void aPostThatMayHaveBeenActedOnIsNotTriedAgain() throws IOException {
    AtomicInteger requests = new AtomicInteger();
    gateway.start(Setup.to(gateway.origin(staleAfterOne(requests))).oneLoop());
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    RawClient client = gateway.connect();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
    assertThat(client.read().status()).isEqualTo(502);
    assertThat(requests).hasValue(2);
  }

  @Test
  void anEndpointThatRefusesGivesWayToTheNext() throws IOException {
    HeldPort gone = gateway.closing(HeldPort.hold());
    Origin origin = gateway.origin(r -> r.answer(200, r.body()));
    gateway.start(Setup.to(gone.address(), origin.address()));
    for (int i = 0; i < 4; i++) {
      RawClient client = gateway.connect();
      client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
      assertThat(client.read().body()).isEqualTo("abc");
    }
    // Retries take no turn: every second request met the one that is gone, and not each.
    assertThat(gateway.metric("gateway_upstream_failures_total", "failure=\"connect_refused\""))
        .isEqualTo(2);
  }

  @Test
  void whatNobodyAskedForIsNeverGivenToTheNextClient() throws IOException {
    Origin origin =
        gateway.origin(
            r ->
                r.write(
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                        + "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned"));
    gateway.start(origin);
    for (int i = 0; i < 3; i++) {
      assertThat(gateway.connect().get("/").read().body()).isEqualTo("ok");
    }
    assertThat(origin.connections()).isEqualTo(3);
  }

  @Test
  void overTheLimitOfConnectionsTheAnswerIs503() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    Origin origin = gateway.origin(r -> asked.countDown());
    gateway.start(
        Setup.to(origin)
            .limits("half-closed-timeout = 0s")
            .backend("pool.max-connections = 1, connect-timeout = 500ms"));
    RawClient first = gateway.connect();
    first.get("/held");
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    RawClient.Response second = gateway.connect().get("/").read();
    assertThat(second.status()).isEqualTo(503);
    assertThat(second.header("retry-after")).isEqualTo("1");
    assertThat(gateway.access().awaitContaining("connection_limit")).contains("\"status\":503");
  }
}
