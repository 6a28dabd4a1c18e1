package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.RawHttp2Origin;
import sallyport.testkit.RawHttp2Origin.Held;
import sallyport.testkit.Setup;

/** Peers that are gone without a word: they acknowledge nothing, or answer no PING. */
class KeepAliveIT {
  private static final int ACK = 1;
  private static final String QUICK = "http2.ping { interval = 100ms, timeout = 300ms }";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** Answers no PING. */
  private RawHttp2Origin dead() {
    return gateway.closing(RawHttp2Origin.start(100));
  }

  @Test
  void whatWaitsForADeadBackendIsTriedElsewhere() throws Exception {
    RawHttp2Origin dead = dead();
    Origin alive = gateway.origin(request -> request.reply(200, "alive"));
    gateway.start(
        Setup.to(dead.address() + "\", \"" + alive.address()).backend("protocol = auto, " + QUICK));
    // One of the two is for the dead endpoint, whichever is the first.
    for (int i = 0; i < 2; i++) {
      assertThat(gateway.connect().get("/" + i).read().body()).isEqualTo("alive");
    }
    assertThat(dead.take(1)).hasSize(1);
    assertThat(gateway.metric("gateway_upstream_failures_total", "failure=\"unresponsive\""))
        .isPositive();
    assertThat(gateway.access().awaitContaining("\"attempts\":2")).contains("\"status\":200");
  }

  @Test
  void whatMayNotBeRepeatedFailsAndTheConnectionIsUsedNoMore() throws Exception {
    RawHttp2Origin dead = dead();
    gateway.start(Setup.to(dead.address()).backend("protocol = http2, " + QUICK));
    RawClient first = gateway.connect();
    first.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    RawHttp2 connection = dead.connection();
    assertThat(first.readHead().status()).isEqualTo(504);
    assertThat(gateway.access().awaitContaining("unresponsive")).contains("\"status\":504");
    RawClient next =
        gateway
            .connect()
            .send("POST /next HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    assertThat(dead.connection()).isNotSameAs(connection);
    dead.take(2).getLast().answer();
    assertThat(next.readHead().status()).isEqualTo(204);
  }

  @Test
  void aResponseThatDoesNotComeInTimeIsAReasonToAsk() throws Exception {
    RawHttp2Origin dead = dead();
    gateway.start(
        Setup.to(dead.address())
            .backend("protocol = http2, http2.ping { interval = 1h, timeout = 100ms }")
            .route("response-timeout = 100ms"));
    assertThat(gateway.connect().get("/").readHead().status()).isEqualTo(504);
    gateway.access().awaitContaining("response_timeout");
    // The connection has no stream any more, and is closed for want of an answer.
    dead.ended();
  }

  @Test
  void aClientThatIsGoneTakesItsStreamsWithIt() throws Exception {
    RawHttp2Origin origin = dead();
    gateway.start(Setup.to(origin.address()).backend("protocol = http2").listener(QUICK));
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.get(1, "/");
    assertThat(gateway.access().awaitContaining("client_closed")).contains("\"status\":499");
    assertThat(gateway.metric("gateway_downstream_http2_errors_total", "reason=\"unresponsive\""))
        .isEqualTo(1);
  }

  @Test
  void answersToTheGatewaysPingsAreNoFlood() throws Exception {
    RawHttp2Origin origin = dead();
    gateway.start(
        Setup.to(origin.address())
            .backend("protocol = http2")
            .listener(
                "http2 { ping { interval = 100ms, timeout = 20s },"
                    + " floods { window = 1h, control-frames = 3 } }"));
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.request(1, "POST", "/", false, Map.of());
    Held held = origin.take(1).getFirst();
    for (int stream = 3; stream < 15; stream += 2) {
      answer(client, client.readUntil(f -> f.type() == RawHttp2.PING));
      client.get(stream, "/");
      origin.take(1).getFirst().answer();
      awaitHead(client, stream);
      // A sign of life of another kind, by itself: the next PING need not wait for long.
      client.send(RawHttp2.DATA, 0, 1, new byte[1]);
    }
    client.send(RawHttp2.DATA, RawHttp2.END_STREAM, 1, new byte[1]);
    held.answer();
    awaitHead(client, 1);
  }

  private static void answer(RawHttp2 client, RawHttp2.Frame ping) throws IOException {
    client.send(RawHttp2.PING, ACK, 0, ping.payload());
  }

  private static void awaitHead(RawHttp2 client, int stream) throws IOException {
    RawHttp2.Frame frame;
    do {
      frame =
          client.readUntil(
              f ->
                  f.type() == RawHttp2.PING
                      || (f.type() == RawHttp2.HEADERS && f.stream() == stream));
      if (frame.type() == RawHttp2.PING) {
        answer(client, frame);
      }
    } while (frame.type() == RawHttp2.PING);
    assertThat(client.decode(frame).status()).hasToString("204");
  }

  @Test
  void anHttp1BackendThatTakesNothingIsGivenUpByTheKernel() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            request -> {
              try {
                over.await(60, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
            });
    gateway.start(
        Setup.to(origin)
            .backend("protocol = http1")
            .route("idle-timeout = 10m")
            .gateway("runtime.tcp-user-timeout = 500ms"));
    RawClient client = gateway.connect();
    int size = 64 * 1024 * 1024;
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + size + "\r\n\r\n");
    Thread sender =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    client.send(new byte[size]);
                  } catch (IOException refused) {
                    // The answer comes first.
                  }
                });
    assertThat(gateway.access().awaitContaining("closed_before_response"))
        .contains("\"status\":502");
    over.countDown();
    client.close();
    sender.join();
  }
}
