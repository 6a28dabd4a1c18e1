package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.EndlessRelay;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.RawHttp2Origin;
import sallyport.testkit.RawHttp2Origin.Held;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/**
 * Backends that say that they end a connection, and leave its socket open: close_notify (RFC 8446
 * section 6.1) and GOAWAY (RFC 9113 section 6.8).
 */
class BackendEndsIT {
  private static final String POST =
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin origin(String version, Origin.Handler handler) {
    Origin origin = gateway.closing(Origin.start(TestPki.BACKEND, TestPki.BACK, handler, version));
    start(origin.address());
    return origin;
  }

  private RawHttp2Origin http2(String version) {
    RawHttp2Origin origin = gateway.closing(RawHttp2Origin.start(100, version));
    start(origin.address());
    return origin;
  }

  private EndlessRelay start(String backend) {
    EndlessRelay relay = gateway.closing(EndlessRelay.to(backend));
    gateway.start(Setup.to(relay.address()));
    return relay;
  }

  /** One client, whose requests all come from one event loop. */
  private static RawClient post(RawClient client) throws IOException {
    return client.send(POST);
  }

  // ---- HTTP/1.1

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void anIdleConnectionIsNotUsedAgainAfterCloseNotify(String version) throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    Origin origin =
        origin(
            version,
            r -> {
              r.reply(200, "x");
              if (ended.getCount() > 0) {
                r.closeNotify();
                r.awaitEnd();
                ended.countDown();
              }
            });
    RawClient client = gateway.connect();
    assertThat(post(client).read().status()).isEqualTo(200);
    assertThat(ended.await(20, TimeUnit.SECONDS)).as("the gateway ends its side").isTrue();
    // A POST is not tried again: the first attempt has to be on a new connection.
    assertThat(post(client).read().status()).isEqualTo(200);
    assertThat(origin.connections()).isEqualTo(2);
    assertThat(gateway.metric("gateway_upstream_retries_total")).isZero();
    assertThat(gateway.metric("gateway_upstream_reused_total")).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void closeNotifyInPlaceOfAResponseEndsTheExchange(String version) throws IOException {
    origin(
        version,
        r -> {
          r.closeNotify();
          r.awaitEnd();
        });
    RawClient client = gateway.connect();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc");
    assertThat(client.read().status()).isEqualTo(502);
    assertThat(gateway.access().awaitContaining("closed_before_response"))
        .contains("\"status\":502");
  }

  /** The engine answers it with an alert, and would tell of it with the next record alone. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aRecordThatCannotBeDecryptedEndsTheExchange(String version) throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    Origin origin =
        gateway.closing(
            Origin.start(
                TestPki.BACKEND,
                TestPki.BACK,
                r -> {
                  asked.countDown();
                  r.awaitEnd();
                },
                version));
    EndlessRelay relay = start(origin.address());
    RawClient client = gateway.connect();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc");
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    byte[] record = new byte[5 + 32];
    System.arraycopy(new byte[] {0x17, 3, 3, 0, 32}, 0, record, 0, 5);
    relay.interject(record);
    assertThat(client.read().status()).isEqualTo(502);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void closeNotifyEndsABodyWithoutALength(String version) throws IOException {
    origin(
        version,
        r -> {
          r.write("HTTP/1.1 200 OK\r\n\r\nwhole");
          r.closeNotify();
          r.awaitEnd();
        });
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("whole");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void closeNotifyWithinABodyIsACut(String version) throws IOException {
    origin(
        version,
        r -> {
          r.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
          r.closeNotify();
          r.awaitEnd();
        });
    RawClient client = gateway.connect().get("/");
    assertThat(client.readHead().status()).isEqualTo(200);
    gateway.access().awaitContaining("closed_during_response");
  }

  @Test
  void closeNotifyEndsATunnel() throws IOException {
    Origin origin =
        origin(
            "TLSv1.3",
            r -> {
              r.agreeToWebSocket();
              r.write("bye");
              r.closeNotify();
              r.awaitEnd();
            });
    RawClient client =
        gateway
            .connect()
            .get(
                "/",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    assertThat(client.readHead().status()).isEqualTo(101);
    assertThat(new String(client.in().readNBytes(3), StandardCharsets.US_ASCII)).isEqualTo("bye");
    assertThat(client.in().read()).isEqualTo(-1);
    assertThat(origin.connections()).isEqualTo(1);
  }

  // ---- HTTP/2

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void anIdleSessionIsNotUsedAgainAfterCloseNotify(String version) throws Exception {
    RawHttp2Origin origin = http2(version);
    RawClient client = gateway.connect();
    post(client);
    Held first = origin.take(1).getFirst();
    first.answer();
    assertThat(client.readHead().status()).isEqualTo(204);
    first.connection().closeNotify();
    origin.ended();
    post(client);
    origin.take(1).getFirst().answer();
    assertThat(client.readHead().status()).isEqualTo(204);
    assertThat(origin.connections()).isEqualTo(2);
    assertThat(gateway.metric("gateway_upstream_retries_total")).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void closeNotifyEndsTheStreamsThatAreOpen(String version) throws Exception {
    RawHttp2Origin origin = http2(version);
    RawClient client = gateway.connect();
    post(client);
    origin.take(1).getFirst().connection().closeNotify();
    assertThat(client.read().status()).isEqualTo(502);
    gateway.access().awaitContaining("closed_before_response");
    origin.ended();
  }

  @Test
  void aSessionThatIsGoingAwayFinishesItsStreamsAndGetsNoOther() throws Exception {
    RawHttp2Origin origin = http2("TLSv1.3");
    RawClient client = gateway.connect();
    post(client);
    Held first = origin.take(1).getFirst();
    first
        .connection()
        .send(RawHttp2.GOAWAY, 0, 0, ByteBuffer.allocate(8).putInt(first.stream()).array());
    first.answer();
    assertThat(client.readHead().status()).isEqualTo(204);
    post(client);
    Held second = origin.take(1).getFirst();
    assertThat(second.connection()).isNotSameAs(first.connection());
    second.answer();
    assertThat(client.readHead().status()).isEqualTo(204);
    origin.ended();
  }
}
