package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.Loops;
import sallyport.testkit.StreamPeer;

/** TCP streams of senders without TLS on this machine, which go out over mutual TLS. */
class LocalStreamIT {
  private static final String MESSAGE = "\u000bMSH|^~\\&|\u001c\r";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  // ---- scene

  private void start(String bind, String more, String address) {
    gateway.startWith(
        """
        gateway {
          listeners.out { bind = "%s", plain = local, forward-to = partner, %s }
          backends.partner {
            endpoints = [ "%s" ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
          }
          admin.bind = "127.0.0.1:0"
          lame-duck = 0s
          runtime.workers = %d
        }
        """
            .formatted(bind, more, address, Loops.COUNT));
  }

  private StreamPeer start(StreamPeer.Handler handler) {
    StreamPeer peer = gateway.closing(StreamPeer.start(handler));
    start("127.0.0.1:0", "", peer.address());
    return peer;
  }

  private Socket connect() throws IOException {
    InetSocketAddress address = gateway.gateway().address("out");
    Socket socket = gateway.closing(new Socket(address.getAddress(), address.getPort()));
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String read(Socket socket, int length) throws IOException {
    return new String(socket.getInputStream().readNBytes(length), StandardCharsets.ISO_8859_1);
  }

  /** Reads to the end; {@code end} for FIN, or {@code reset}. */
  private static String end(Socket socket) throws IOException {
    try {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      return "end";
    } catch (SocketException reset) {
      return "reset";
    }
  }

  private String line() {
    return gateway.access().awaitContaining("\"protocol\":\"TCP\"");
  }

  // ---- bytes

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:0", "127.9.9.9:0", "[::1]:0"})
  void aSenderWithoutTlsGoesOutOverMutualTls(String bind) throws IOException {
    StreamPeer peer = gateway.closing(StreamPeer.echo());
    start(bind, "", peer.address());
    Socket sender = connect();
    for (int i = 0; i < 2; i++) {
      send(sender, MESSAGE);
      assertThat(read(sender, MESSAGE.length())).isEqualTo(MESSAGE);
    }
    assertThat(gateway.metric("gateway_upstream_handshakes_total", "client_certificate=\"sent\""))
        .isEqualTo(1);
    assertThat(gateway.metric("gateway_tls_handshakes_total")).isZero();
    sender.shutdownOutput();
    assertThat(end(sender)).isEqualTo("end");
    assertThat(line())
        .contains(
            "\"listener\":\"out\"",
            "\"ended\":\"client_closed\"",
            "\"backend\":\"partner\"",
            "\"bytes_in\":24,\"bytes_out\":24",
            "\"upstream_tls_version\":\"TLSv1.3\"")
        .doesNotContain("\"tls_version\"", "\"client_certificate\"", "\"host\"", "MSH");
    gateway.awaitMetric(
        1, "gateway_stream_connections_total", "listener=\"out\"", "outcome=\"client_closed\"");
  }

  @Test
  void manyBytesComeBack() throws Exception {
    StreamPeer peer = gateway.closing(StreamPeer.echo());
    start("127.0.0.1:0", "", peer.address());
    Socket sender = connect();
    byte[] sent = new byte[20 * 1024 * 1024];
    new java.util.Random(1).nextBytes(sent);
    CompletableFuture<Void> writing =
        CompletableFuture.runAsync(
            () -> {
              try {
                sender.getOutputStream().write(sent);
                sender.shutdownOutput();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertThat(sender.getInputStream().readAllBytes()).isEqualTo(sent);
    writing.join();
  }

  // ---- ends

  /** The answer begins only when the peer has seen the end of the question. */
  @Test
  void aSenderThatEndsItsDataGetsItsAnswer() throws Exception {
    StreamPeer peer =
        start(
            (stream, self) -> {
              self.hear(new String(stream.in().readAllBytes(), StandardCharsets.ISO_8859_1));
              stream.send("the answer");
            });
    Socket sender = connect();
    send(sender, "all of it");
    sender.shutdownOutput();
    assertThat(peer.heard()).isEqualTo("all of it");
    assertThat(read(sender, 10)).isEqualTo("the answer");
    assertThat(end(sender)).isEqualTo("end");
    assertThat(line()).contains("\"ended\":\"client_closed\"", "\"bytes_in\":9,\"bytes_out\":10");
  }

  @Test
  void theEndOfThePeerIsAFinAfterItsBytes() throws Exception {
    start((stream, self) -> stream.send("all of it"));
    Socket sender = connect();
    assertThat(read(sender, 9)).isEqualTo("all of it");
    assertThat(end(sender)).isEqualTo("end");
    sender.close();
    assertThat(line()).contains("\"ended\":\"backend_closed\"");
  }

  @Test
  void aResetOfTheSenderIsAResetForThePeer() throws Exception {
    StreamPeer peer =
        start(
            (stream, self) -> {
              stream.send("hello");
              self.hear(stream.end());
            });
    Socket sender = connect();
    assertThat(read(sender, 5)).isEqualTo("hello");
    sender.setSoLinger(true, 0);
    sender.close();
    assertThat(peer.heard()).isEqualTo("reset");
    assertThat(line()).contains("\"ended\":\"client_aborted\"");
  }

  /** FIN would look like the end of an answer. */
  @Test
  void aPeerThatIsCutIsAResetForTheSender() throws Exception {
    start(
        (stream, self) -> {
          stream.send("half");
          assertThat(stream.read(2)).isEqualTo("go");
          stream.cut();
          stream.end();
        });
    Socket sender = connect();
    assertThat(read(sender, 4)).isEqualTo("half");
    send(sender, "go");
    assertThat(end(sender)).isEqualTo("reset");
    assertThat(line()).contains("\"ended\":\"backend_aborted\"");
  }

  @Test
  void aSenderWhosePartnerIsAwayIsReset() throws Exception {
    start("127.0.0.1:0", "", gateway.closing(HeldPort.hold()).address());
    assertThat(end(connect())).isEqualTo("reset");
    assertThat(line()).contains("\"ended\":\"not_connected\"", "\"failure\":\"connect_refused\"");
  }

  @Test
  void aSilentStreamIsResetOverItsTime() throws Exception {
    StreamPeer peer = gateway.closing(StreamPeer.echo());
    start("127.0.0.1:0", "timeouts.idle = 1s", peer.address());
    assertThat(end(connect())).isEqualTo("reset");
    assertThat(line()).contains("\"ended\":\"idle\"");
  }

  @Test
  void aStreamThatADrainCutsIsReset() throws Exception {
    StreamPeer peer = gateway.closing(StreamPeer.echo());
    start("127.0.0.1:0", "", peer.address());
    Socket sender = connect();
    send(sender, MESSAGE);
    assertThat(read(sender, MESSAGE.length())).isEqualTo(MESSAGE);
    CompletableFuture<Boolean> drained = gateway.drain(Duration.ofMillis(500));
    assertThat(drained.get()).isFalse();
    gateway.stop();
    assertThat(end(sender)).isEqualTo("reset");
    assertThat(line()).contains("\"ended\":\"drained\"");
  }

  // ---- a proxy in front

  @Test
  void theClientIsTheOneOfTheProxyHeader() throws Exception {
    StreamPeer peer = gateway.closing(StreamPeer.echo());
    start(
        "127.0.0.1:0",
        "trusted-proxies = [ \"127.0.0.1\" ], proxy-protocol = true",
        peer.address());
    Socket sender = connect();
    send(sender, "PROXY TCP4 198.51.100.7 127.0.0.1 4000 2575\r\n" + MESSAGE);
    assertThat(read(sender, MESSAGE.length())).isEqualTo(MESSAGE);
    sender.shutdownOutput();
    try (InputStream in = sender.getInputStream()) {
      assertThat(in.read()).isEqualTo(-1);
    }
    assertThat(line()).contains("\"client\":\"198.51.100.7:4000\"");
  }
}
