package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient.Version;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.KernelBuffers;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/**
 * A WebSocket as the octets that it is to the gateway: the same over HTTP/1.1 (RFC 6455) and over a
 * stream of HTTP/2 (RFC 8441).
 */
class WebSocketTunnelIT {
  private static final long LARGE = KernelBuffers.mostThroughTheGateway() * 9 / 8;
  private static final byte[] PIECE = new byte[64 * 1024];

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** The client's end. */
  private interface Tunnel {
    void send(byte[] octets) throws IOException;

    /** Waits for this many octets, and lets the gateway send that many more. */
    byte[] receive(int count) throws IOException;

    /** Says that nothing follows. */
    void end() throws IOException;

    /** Leaves without a word. */
    void leave() throws IOException;

    /** Waits until the gateway has ended it; what still comes before that is thrown away. */
    boolean isEnded() throws IOException;
  }

  private static final class Http1Tunnel implements Tunnel {
    private final RawClient client;

    Http1Tunnel(RawClient client) throws IOException {
      this.client = client;
      client.send(
          "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
      assertThat(client.readHead().status()).isEqualTo(101);
    }

    @Override
    public void send(byte[] octets) throws IOException {
      client.send(octets);
    }

    @Override
    public byte[] receive(int count) throws IOException {
      return client.in().readNBytes(count);
    }

    @Override
    public void end() throws IOException {
      client.socket().shutdownOutput();
    }

    @Override
    public void leave() {
      client.close();
    }

    @Override
    public boolean isEnded() throws IOException {
      client.in().readAllBytes();
      return true;
    }
  }

  private static final class Http2Tunnel implements Tunnel {
    private final RawHttp2 client;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();

    Http2Tunnel(RawHttp2 client) throws IOException {
      this.client = client;
      client.requestWebSocket(1, "/chat");
      assertThat(client.readHead(1).status()).hasToString("200");
    }

    @Override
    public void send(byte[] octets) throws IOException {
      for (int i = 0; i < octets.length; i += 16_384) {
        client.send(
            RawHttp2.DATA,
            0,
            1,
            Arrays.copyOfRange(octets, i, Math.min(octets.length, i + 16_384)));
      }
    }

    @Override
    public byte[] receive(int count) throws IOException {
      while (received.size() < count) {
        RawHttp2.Frame data = client.readUntil(Http2Tunnel::isOfTunnel);
        assertThat(data.type()).isEqualTo(RawHttp2.DATA);
        received.writeBytes(data.payload());
        credit(data.payload().length);
      }
      byte[] all = received.toByteArray();
      received.reset();
      received.write(all, count, all.length - count);
      return Arrays.copyOf(all, count);
    }

    private void credit(int octets) throws IOException {
      if (octets > 0) {
        byte[] increment = ByteBuffer.allocate(4).putInt(octets).array();
        client.send(RawHttp2.WINDOW_UPDATE, 0, 0, increment);
        client.send(RawHttp2.WINDOW_UPDATE, 0, 1, increment);
      }
    }

    private static boolean isOfTunnel(RawHttp2.Frame frame) {
      return frame.stream() == 1
          && (frame.type() == RawHttp2.DATA || frame.type() == RawHttp2.RST_STREAM);
    }

    @Override
    public void end() throws IOException {
      client.send(RawHttp2.DATA, RawHttp2.END_STREAM, 1, new byte[0]);
    }

    @Override
    public void leave() throws IOException {
      // CANCEL: the connection stays.
      client.send(RawHttp2.RST_STREAM, 0, 1, new byte[] {0, 0, 0, 8});
    }

    @Override
    public boolean isEnded() throws IOException {
      RawHttp2.Frame frame;
      do {
        frame = client.readUntil(Http2Tunnel::isOfTunnel);
      } while (frame.type() == RawHttp2.DATA && (frame.flags() & RawHttp2.END_STREAM) == 0);
      return true;
    }
  }

  private Tunnel open(Version version) throws IOException {
    return switch (version) {
      case HTTP_1_1 -> new Http1Tunnel(gateway.connect());
      case HTTP_2 -> new Http2Tunnel(gateway.closing(RawHttp2.connect(gateway.https())));
      default -> throw new AssertionError(version);
    };
  }

  private static void echo(Origin.Request request) throws IOException {
    request.agreeToWebSocket();
    InputStream in = request.raw();
    byte[] octets = new byte[16_384];
    int count;
    while ((count = in.read(octets)) >= 0) {
      request.out().write(octets, 0, count);
      request.out().flush();
    }
    request.close();
  }

  private static byte[] octets(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void assertEchoes(Tunnel tunnel, String text) throws IOException {
    tunnel.send(octets(text));
    assertThat(new String(tunnel.receive(text.length()), StandardCharsets.ISO_8859_1))
        .isEqualTo(text);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void manyTurnsGoBothWays(Version version) throws Exception {
    gateway.start(gateway.origin(WebSocketTunnelIT::echo));
    Tunnel tunnel = open(version);
    for (int i = 0; i < 200; i++) {
      assertEchoes(tunnel, "turn " + i);
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void whatTheClientHasSaidArrivesBeforeItsEnd(Version version) throws Exception {
    CompletableFuture<String> heard = new CompletableFuture<>();
    gateway.start(
        gateway.origin(
            request -> {
              request.agreeToWebSocket();
              heard.complete(new String(request.raw().readAllBytes(), StandardCharsets.ISO_8859_1));
            }));
    Tunnel tunnel = open(version);
    tunnel.send(octets("goodbye"));
    tunnel.end();
    assertThat(heard.get(20, TimeUnit.SECONDS)).isEqualTo("goodbye");
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void theBackendNoticesThatTheClientHasLeft(Version version) throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    gateway.start(
        gateway.origin(
            request -> {
              try {
                echo(request);
              } finally {
                gone.countDown();
              }
            }));
    Tunnel tunnel = open(version);
    assertEchoes(tunnel, "hello");
    tunnel.leave();
    assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.access().awaitContaining("/chat")).contains("\"status\":101");
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void theClientNoticesThatTheBackendHasLeft(Version version) throws Exception {
    gateway.start(
        gateway.origin(
            request -> {
              request.agreeToWebSocket();
              request.write("goodbye");
              request.close();
            }));
    Tunnel tunnel = open(version);
    assertThat(tunnel.receive(7)).isEqualTo(octets("goodbye"));
    assertThat(tunnel.isEnded()).isTrue();
    assertThat(gateway.access().awaitContaining("/chat")).contains("\"status\":101");
  }

  /** The backend's writes stop while the client takes nothing, and go on when it does. */
  @ParameterizedTest
  @EnumSource(Version.class)
  @Timeout(180) // more than the kernel holds, and all of it through four ends of TLS
  void aClientThatDoesNotReadHoldsTheBackendBack(Version version) throws Exception {
    AtomicLong written = new AtomicLong();
    CompletableFuture<Void> done = new CompletableFuture<>();
    gateway.start(
        gateway.origin(
            request -> {
              request.agreeToWebSocket();
              for (long left = LARGE; left > 0; left -= PIECE.length) {
                request.out().write(PIECE);
                written.addAndGet(PIECE.length);
              }
              request.out().flush();
              done.complete(null);
              request.raw().read();
            }));
    Tunnel tunnel = open(version);
    gateway.awaitStandstill(written);
    assertThat(done).isNotDone();
    assertThat(written.get()).isLessThan(KernelBuffers.mostThroughTheGateway());
    for (long left = LARGE; left > 0; left -= PIECE.length) {
      assertThat(tunnel.receive(PIECE.length)).hasSize(PIECE.length);
    }
    done.get(20, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aTunnelInWhichNobodySpeaksIsCut(Version version) throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            request -> {
              try {
                echo(request);
              } finally {
                gone.countDown();
              }
            });
    gateway.start(Setup.to(origin).route("tunnel-timeout = 300ms"));
    Tunnel tunnel = open(version);
    assertThat(tunnel.isEnded()).isTrue();
    assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.access().awaitContaining("stream_timeout")).contains("\"status\":101");
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aTunnelLivesOnWhileTheGatewayDrains(Version version) throws Exception {
    gateway.start(gateway.origin(WebSocketTunnelIT::echo));
    Tunnel tunnel = open(version);
    assertEchoes(tunnel, "before");
    CompletableFuture<Boolean> drained = gateway.drain(Duration.ofSeconds(20));
    assertEchoes(tunnel, "meanwhile");
    assertThat(drained).isNotDone();
    tunnel.end();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aTunnelLivesOnUnderTheConfigurationThatItBeganWith(Version version) throws Exception {
    Setup setup = Setup.to(gateway.origin(WebSocketTunnelIT::echo));
    Path file = gateway.file("gateway.conf");
    // Were it drained, it would be cut by then.
    Files.writeString(file, setup.gateway("drain-timeout = 10ms").hocon());
    gateway.startFrom(file);
    Tunnel tunnel = open(version);
    assertEchoes(tunnel, "before");
    RawClient idle = gateway.connect();
    Files.writeString(file, setup.listener("http.trace = false, http2.enabled = false").hocon());
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertEchoes(tunnel, "meanwhile");
    // Connections that have nothing to finish are gone.
    assertThat(idle.isClosedByPeer()).isTrue();
    assertEchoes(tunnel, "after");
    tunnel.end();
    assertThat(tunnel.isEnded()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aTunnelThatOutlivesTheDrainIsCut(Version version) throws Exception {
    gateway.start(gateway.origin(WebSocketTunnelIT::echo));
    Tunnel tunnel = open(version);
    assertEchoes(tunnel, "before");
    assertThat(gateway.drain(Duration.ofMillis(300)).get(20, TimeUnit.SECONDS)).isFalse();
    gateway.stop();
    assertThat(gateway.audit().awaitContaining("stopped")).contains("\"cut\":1");
  }

  private static final String PLAIN = "GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private static final String CHANGE =
      "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

  @Test
  void anUpgradeThatIsPipelinedBehindAnotherRequestWorks() throws IOException {
    gateway.start(
        gateway.origin(
            request -> {
              if (request.line().contains("/plain")) {
                request.reply(200, "plain");
              } else {
                echo(request);
              }
            }));
    RawClient client = gateway.connect().send(PLAIN + PLAIN + CHANGE);
    assertThat(client.read().body()).isEqualTo("plain");
    assertThat(client.read().body()).isEqualTo("plain");
    assertThat(client.readHead().status()).isEqualTo(101);
    client.send("hello");
    assertThat(client.in().readNBytes(5)).isEqualTo(octets("hello"));
  }

  /** The client may have begun to talk WebSocket: what it sends next cannot be told apart. */
  @Test
  void anUpgradeThatNoRouteServesEndsTheConnection() throws IOException {
    Origin origin = gateway.origin(request -> request.reply(200, "plain"));
    gateway.start(Setup.to(origin).route("path = /plain"));
    RawClient client = gateway.connect().send(CHANGE + PLAIN);
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(404);
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(client.isClosedByPeer()).isTrue();
    assertThat(origin.requests()).isEmpty();
  }
}
