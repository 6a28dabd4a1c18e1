package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.TestPki;

/** Connections whose TLS has ended, while their TCP has not. */
class TlsEndIT {
  private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  /** What a client writes goes out at once, or in one piece when it says so. */
  private static final class CorkedSocket extends Socket {
    private final ByteArrayOutputStream corked = new ByteArrayOutputStream();
    private boolean holds;

    void cork() {
      holds = true;
    }

    void uncork() throws IOException {
      holds = false;
      super.getOutputStream().write(corked.toByteArray());
    }

    /** The JDK ends TCP together with TLS. */
    @Override
    public void shutdownOutput() {}

    @Override
    public OutputStream getOutputStream() throws IOException {
      OutputStream out = super.getOutputStream();
      return new OutputStream() {
        @Override
        public void write(int octet) throws IOException {
          write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          (holds ? corked : out).write(bytes, offset, length);
        }
      };
    }
  }

  private final CorkedSocket tcp = new CorkedSocket();
  private String version = "TLSv1.3";

  private SSLSocket connect(String... protocols) throws IOException {
    tcp.connect(gateway.https(), 20_000);
    tcp.setSoTimeout(20_000);
    gateway.closing(tcp);
    SSLSocket tls =
        (SSLSocket)
            TestPki.context(null, TestPki.FRONT)
                .getSocketFactory()
                .createSocket(tcp, "localhost", gateway.https().getPort(), true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    parameters.setProtocols(new String[] {version});
    tls.setSSLParameters(parameters);
    tls.startHandshake();
    return tls;
  }

  private void start() {
    gateway.start(
        gateway.origin(
            r -> {
              asked.countDown();
              if (r.line().contains("/gated")) {
                await(release);
              }
              r.reply(200, "answered");
            }));
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  private static void send(SSLSocket tls, String text) throws IOException {
    tls.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String readToEnd(SSLSocket tls) throws IOException {
    return new String(tls.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  /** Within the socket's timeout, which is far below that of an idle connection. */
  private void assertTcpEnds() throws IOException {
    while (tcp.getInputStream().read() >= 0) {
      // An alert, or what was on its way.
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http/1.1", "h2"})
  void anIdleConnectionEndsWithTheClientsCloseNotify(String protocol) throws IOException {
    start();
    SSLSocket tls = connect(protocol);
    tls.shutdownOutput();
    assertTcpEnds();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http/1.1", "h2"})
  void aRecordThatCannotBeDecryptedEndsTheConnection(String protocol) throws IOException {
    start();
    SSLSocket tls = connect(protocol);
    if (protocol.equals("http/1.1")) {
      send(tls, GET);
      assertThat(tls.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
    }
    byte[] record = new byte[5 + 32];
    System.arraycopy(new byte[] {0x17, 3, 3, 0, 32}, 0, record, 0, 5);
    tcp.getOutputStream().write(record);
    assertTcpEnds();
  }

  @Test
  void aRequestThatIsFollowedByCloseNotifyGetsItsAnswer() throws IOException {
    start();
    SSLSocket tls = connect("http/1.1");
    send(tls, GET.replace("/ ", "/gated "));
    tls.shutdownOutput();
    await(asked);
    release.countDown();
    assertThat(readToEnd(tls)).startsWith("HTTP/1.1 200 ").endsWith("answered");
    assertTcpEnds();
  }

  @Test
  void requestsAndCloseNotifyInOnePieceGetTheirAnswers() throws IOException {
    start();
    SSLSocket tls = connect("http/1.1");
    tcp.cork();
    send(tls, GET.replace("/ ", "/gated "));
    send(tls, GET);
    tls.shutdownOutput();
    tcp.uncork();
    await(asked);
    release.countDown();
    assertThat(readToEnd(tls)).containsPattern("(?s)answered.*HTTP/1.1 200 .*answered");
    assertTcpEnds();
  }

  /** Under TLS 1.2, since the JDK pads the alerts of TLS 1.3 to the size of a short request. */
  @Test
  void anHttp2RequestThatIsFollowedByCloseNotifyGetsItsAnswer() throws IOException {
    start();
    version = "TLSv1.2";
    SSLSocket tls = connect("h2");
    RawHttp2 client = gateway.closing(RawHttp2.over(tls));
    client.request(1, "GET", "/gated", true, Map.of());
    await(asked);
    tls.shutdownOutput();
    release.countDown();
    assertThat(client.readHead(1).status()).hasToString("200");
    client.readUntil(f -> f.stream() == 1 && (f.flags() & RawHttp2.END_STREAM) != 0);
    client.readToEnd();
  }

  @Test
  void whatAWebSocketSaysBeforeItsEndReachesTheBackend() throws Exception {
    CompletableFuture<String> heard = new CompletableFuture<>();
    gateway.start(
        gateway.origin(
            r -> {
              r.agreeToWebSocket();
              heard.complete(new String(r.raw().readAllBytes(), StandardCharsets.US_ASCII));
            }));
    SSLSocket tls = connect("http/1.1");
    send(
        tls,
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assertThat(tls.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 101");
    tcp.cork();
    send(tls, "goodbye");
    tls.shutdownOutput();
    tcp.uncork();
    assertThat(heard.get(20, TimeUnit.SECONDS)).isEqualTo("goodbye");
  }

  @Test
  void anUploadThatEndsWithCloseNotifyIsGivenUp() throws IOException {
    start();
    SSLSocket tls = connect("http/1.1");
    send(tls, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
    tls.shutdownOutput();
    assertTcpEnds();
    assertThat(gateway.access().awaitContaining("client_closed")).contains("\"status\":499");
  }
}
