package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;

/** WebSockets while the gateway stops: 1001 between two frames, and the closing handshake. */
class GoingAwayIT {
  private static final Duration LONG = Duration.ofSeconds(30);

  /** A Close frame with 1001, as a server sends it. */
  private static final byte[] GOING_AWAY = {(byte) 0x88, 2, 0x03, (byte) 0xE9};

  /** The same as a client sends it, with a mask of zeros. */
  private static final byte[] ANSWER = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 0x03, (byte) 0xE9};

  private static final byte[] HELLO = {(byte) 0x82, 5, 'h', 'e', 'l', 'l', 'o'};

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final CompletableFuture<byte[]> heard = new CompletableFuture<>();
  private final CountDownLatch toldToGo = new CountDownLatch(1);

  /** The client's end of a WebSocket. */
  private interface Client {
    byte[] read(int count) throws IOException;

    void write(byte[] octets) throws IOException;

    void awaitEnd() throws IOException;
  }

  private Client open(Version version) throws IOException {
    if (version == Version.HTTP_2) {
      return overHttp2();
    }
    RawClient client = gateway.connect();
    client.send(
        "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assertThat(client.readHead().status()).isEqualTo(101);
    return new Client() {
      @Override
      public byte[] read(int count) throws IOException {
        return client.in().readNBytes(count);
      }

      @Override
      public void write(byte[] octets) throws IOException {
        client.send(octets);
      }

      @Override
      public void awaitEnd() throws IOException {
        assertThat(client.in().readAllBytes()).isEmpty();
      }
    };
  }

  private Client overHttp2() throws IOException {
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.requestWebSocket(1, "/chat");
    assertThat(client.readHead(1).status()).hasToString("200");
    return new Client() {
      private byte[] unread = {};

      @Override
      public byte[] read(int count) throws IOException {
        while (unread.length < count) {
          byte[] more = client.readUntil(frame -> frame.type() == RawHttp2.DATA).payload();
          unread = join(unread, more);
        }
        byte[] read = java.util.Arrays.copyOf(unread, count);
        unread = java.util.Arrays.copyOfRange(unread, count, unread.length);
        return read;
      }

      @Override
      public void write(byte[] octets) throws IOException {
        client.send(RawHttp2.DATA, 0, 1, octets);
      }

      @Override
      public void awaitEnd() throws IOException {
        assertThat(unread).isEmpty();
        RawHttp2.Frame end = client.readUntil(frame -> frame.type() == RawHttp2.DATA);
        assertThat(end.payload()).isEmpty();
        assertThat(end.flags() & RawHttp2.END_STREAM).isEqualTo(RawHttp2.END_STREAM);
      }
    };
  }

  private static byte[] join(byte[]... parts) {
    var joined = new java.io.ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  /** Sends these octets, and the others once the gateway stops; then ends with the client. */
  private Origin.Handler backend(byte[] before, byte[] meanwhile) {
    return request -> {
      request.agreeToWebSocket();
      request.out().write(before);
      request.out().flush();
      try {
        assertThat(toldToGo.await(20, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException interrupted) {
        throw new IOException(interrupted);
      }
      request.out().write(meanwhile);
      request.out().flush();
      // As a server does: it answers the Close frame of the client and closes.
      InputStream in = request.raw();
      byte[] closing = in.readNBytes(ANSWER.length);
      request.out().write(GOING_AWAY);
      request.out().flush();
      heard.complete(closing);
      request.close();
    };
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void anIdleWebSocketIsClosedByBothEnds(Version version) throws Exception {
    gateway.start(gateway.origin(backend(HELLO, new byte[0])));
    Client client = open(version);
    assertThat(client.read(HELLO.length)).isEqualTo(HELLO);
    CompletableFuture<Boolean> drained = gateway.drain(LONG);
    assertThat(client.read(GOING_AWAY.length)).isEqualTo(GOING_AWAY);
    assertThat(drained).isNotDone();
    toldToGo.countDown();
    client.write(ANSWER);
    assertThat(heard.get(20, TimeUnit.SECONDS)).isEqualTo(ANSWER);
    // The backend's own Close frame does not follow that of the gateway.
    client.awaitEnd();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.access().awaitContaining("/chat")).doesNotContain("failure");
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aFrameThatHasBegunIsFinishedFirst(Version version) throws Exception {
    byte[] begun = {(byte) 0x82, 5, 'h', 'e'};
    byte[] rest = {'l', 'l', 'o'};
    gateway.start(gateway.origin(backend(begun, join(rest, HELLO))));
    Client client = open(version);
    assertThat(client.read(begun.length)).isEqualTo(begun);
    CompletableFuture<Boolean> drained = gateway.drain(LONG);
    toldToGo.countDown();
    assertThat(client.read(rest.length + GOING_AWAY.length)).isEqualTo(join(rest, GOING_AWAY));
    client.write(ANSWER);
    assertThat(heard.get(20, TimeUnit.SECONDS)).isEqualTo(ANSWER);
    client.awaitEnd();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aWebSocketThatItsBackendClosesIsLeftToIt(Version version) throws Exception {
    byte[] normally = {(byte) 0x88, 2, 0x03, (byte) 0xE8};
    gateway.start(gateway.origin(backend(normally, new byte[0])));
    Client client = open(version);
    assertThat(client.read(normally.length)).isEqualTo(normally);
    CompletableFuture<Boolean> drained = gateway.drain(LONG);
    toldToGo.countDown();
    client.write(ANSWER);
    client.awaitEnd();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  /** The JDK's client, which checks frames and their order. */
  @Test
  void aClientHearsThatTheServerGoesAway() throws Exception {
    gateway.start(gateway.origin(backend(HELLO, new byte[0])));
    CountDownLatch greeted = new CountDownLatch(1);
    CompletableFuture<Integer> status = new CompletableFuture<>();
    HttpClient http = gateway.client(Version.HTTP_1_1);
    WebSocket socket =
        http.newWebSocketBuilder()
            .buildAsync(
                java.net.URI.create("wss://localhost:" + gateway.https().getPort() + "/chat"),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onBinary(
                      WebSocket socket, java.nio.ByteBuffer data, boolean last) {
                    greeted.countDown();
                    socket.request(1);
                    return null;
                  }

                  @Override
                  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                    status.complete(code);
                    return null;
                  }
                })
            .get(20, TimeUnit.SECONDS);
    assertThat(greeted.await(20, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<Boolean> drained = gateway.drain(LONG);
    toldToGo.countDown();
    assertThat(status.get(20, TimeUnit.SECONDS)).isEqualTo(1001);
    assertThat(heard.get(20, TimeUnit.SECONDS)).startsWith((byte) 0x88, (byte) 0x82);
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
    socket.abort();
  }
}
