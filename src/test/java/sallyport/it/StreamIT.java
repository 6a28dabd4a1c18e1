package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.Loops;
import sallyport.testkit.StreamPeer;
import sallyport.testkit.TestPki;
import sallyport.testkit.TlsStream;
import sallyport.tools.pki.Identity;

/** TCP streams under TLS, in front of a peer behind mutual TLS. */
class StreamIT {
  private static final String CLIENTS =
      "client-auth { mode = required, trust = clients-ca.pem, deny = denied.txt }";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  // ---- scene

  /** A gateway whose configuration is a file, for reloads. */
  private void start(String listener, String tls, String backend, StreamPeer... peers)
      throws IOException {
    Files.writeString(gateway.file("denied.txt"), "");
    write(listener, tls, backend, addresses(peers));
    gateway.startFrom(gateway.file("gateway.conf"));
  }

  private static String addresses(StreamPeer... peers) {
    StringBuilder all = new StringBuilder();
    for (StreamPeer peer : peers) {
      all.append('"').append(peer.address()).append("\", ");
    }
    return all.toString();
  }

  private void write(String listener, String tls, String backend, String endpoints)
      throws IOException {
    Files.writeString(
        gateway.file("gateway.conf"),
        """
        gateway {
          listeners.mllp {
            bind = "127.0.0.1:0"
            tls { certificates = [ { chain = server.pem, key = server.key } ], %s }
            forward-to = engine
            %s
          }
          backends.engine {
            endpoints = [ %s ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
            %s
          }
          keys.watch = 100ms
          admin.bind = "127.0.0.1:0"
          drain-timeout = 1s
          lame-duck = 0s
          runtime.workers = %d
        }
        """
            .formatted(tls, listener, endpoints, backend, Loops.COUNT));
  }

  private StreamPeer echo() {
    return gateway.closing(StreamPeer.echo());
  }

  private StreamPeer peer(StreamPeer.Handler handler) {
    return gateway.closing(StreamPeer.start(handler));
  }

  private InetSocketAddress address() {
    return gateway.gateway().address("mllp");
  }

  private TlsStream connect() throws IOException {
    return connect(null);
  }

  private TlsStream connect(@Nullable Identity identity, String... versions) throws IOException {
    return gateway.closing(
        TlsStream.connect(
            address(), TestPki.context(identity, TestPki.FRONT), "localhost", versions));
  }

  private String line() {
    return gateway.access().awaitContaining("\"protocol\":\"TCP\"");
  }

  // ---- bytes

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void bytesPassBothWaysAndOneLineTellsOfThem(String version) throws IOException {
    start("", CLIENTS, "", echo());
    TlsStream client = connect(TestPki.USER, version);
    client.ping("\u000bMSH|^~\\&|\u001c\r");
    client.ping("again");
    assertThat(gateway.metric("gateway_stream_connections_active", "listener=\"mllp\""))
        .isEqualTo(1);
    client.close();
    assertThat(line())
        .contains(
            "\"log\":\"access\"",
            "\"listener\":\"mllp\"",
            "\"host\":\"localhost\"",
            "\"ended\":\"client_closed\"",
            "\"backend\":\"engine\"",
            "\"endpoint\":\"127.0.0.1:",
            "\"bytes_in\":17,\"bytes_out\":17,\"duration_ms\":",
            "\"attempts\":1",
            "\"tls_version\":\"" + version + "\"",
            "\"upstream_tls_version\":\"TLSv1.3\"",
            "\"client_certificate\":\"")
        .doesNotContain("MSH");
    gateway.awaitMetric(17, "gateway_stream_bytes_total", "direction=\"in\"");
    gateway.awaitMetric(17, "gateway_stream_bytes_total", "direction=\"out\"");
    gateway.awaitMetric(
        1, "gateway_stream_connections_total", "outcome=\"client_closed\"", "backend=\"engine\"");
    gateway.awaitMetric(0, "gateway_stream_connections_active");
    gateway.awaitMetric(0, "gateway_upstream_connections_active");
    gateway.awaitMetric(1, "gateway_stream_duration_seconds_count");
  }

  @Test
  void manyBytesPassBothWaysAtOnce() throws Exception {
    start("", "", "", echo());
    TlsStream client = connect();
    int total = 200 * 1024 * 1024;
    CRC32 sent = new CRC32();
    CompletableFuture<Void> writing =
        CompletableFuture.runAsync(
            () -> {
              byte[] piece = new byte[64 * 1024];
              try {
                OutputStream out = client.out();
                for (int done = 0; done < total; done += piece.length) {
                  piece[done / piece.length % piece.length]++;
                  sent.update(piece);
                  out.write(piece);
                }
                out.flush();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    CRC32 received = new CRC32();
    byte[] buffer = new byte[64 * 1024];
    InputStream in = client.in();
    for (long left = total; left > 0; ) {
      int length = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      assertThat(length).isPositive();
      received.update(buffer, 0, length);
      left -= length;
    }
    writing.join();
    assertThat(received.getValue()).isEqualTo(sent.getValue());
  }

  @Test
  void aPeerThatReadsNothingStopsTheClient() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    StreamPeer deaf = peer((socket, self) -> end.await());
    start("", "", "", deaf);
    TlsStream client = connect();
    AtomicLong sent = new AtomicLong();
    Thread.ofVirtual()
        .start(
            () -> {
              byte[] piece = new byte[16 * 1024];
              try {
                while (true) {
                  client.out().write(piece);
                  sent.addAndGet(piece.length);
                }
              } catch (IOException closed) {
                // The test is over.
              }
            });
    gateway.awaitStandstill(sent);
    assertThat(gateway.metric("gateway_buffers_used_bytes")).isLessThan(16 * 1024 * 1024);
    end.countDown();
  }

  // ---- ends

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void theEndOfTheClientReachesThePeerAndItsEndTheClient(String version) throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    StreamPeer peer =
        peer(
            (socket, self) -> {
              self.hear(socket.end());
              seen.await();
            });
    start("", "", "", peer);
    TlsStream client = connect(null, version);
    client.send("all of it");
    client.finish();
    assertThat(peer.heard()).isEqualTo("end");
    seen.countDown();
    assertThat(client.end()).isEqualTo("end");
    assertThat(line()).contains("\"ended\":\"client_closed\"", "\"bytes_in\":9,\"bytes_out\":0");
  }

  @Test
  void theEndOfThePeerReachesTheClientAfterItsBytes() throws Exception {
    StreamPeer peer = peer((socket, self) -> socket.send("all of it"));
    start("", "", "", peer);
    TlsStream client = connect();
    assertThat(client.read(9)).isEqualTo("all of it");
    assertThat(client.end()).isEqualTo("end");
    client.close();
    assertThat(line()).contains("\"ended\":\"backend_closed\"", "\"bytes_in\":0,\"bytes_out\":9");
  }

  @Test
  void bytesThatCannotReachAClientThatHasEndedAreNoCleanEnd() throws Exception {
    StreamPeer peer =
        peer(
            (socket, self) -> {
              self.hear(socket.end());
              socket.send("an answer too late");
            });
    start("", "", "", peer);
    TlsStream client = connect();
    client.send("question");
    client.finish();
    assertThat(peer.heard()).isEqualTo("end");
    assertThat(client.end()).isEqualTo("cut");
  }

  @Test
  void aClientThatIsCutIsCutForThePeerToo() throws Exception {
    StreamPeer peer =
        peer(
            (socket, self) -> {
              assertThat(socket.read(4)).isEqualTo("half");
              self.hear("half");
              self.hear(socket.end());
            });
    start("", "", "", peer);
    TlsStream client = connect();
    client.send("half");
    assertThat(peer.heard()).isEqualTo("half");
    client.cut();
    assertThat(peer.heard()).isEqualTo("cut");
    assertThat(line()).contains("\"ended\":\"client_aborted\"");
  }

  @Test
  void aResetOfTheClientIsAResetForThePeer() throws Exception {
    StreamPeer peer =
        peer(
            (socket, self) -> {
              socket.send("hello");
              self.hear(socket.end());
            });
    start("", "", "", peer);
    TlsStream client = connect();
    assertThat(client.read(5)).isEqualTo("hello");
    client.reset();
    assertThat(peer.heard()).isEqualTo("reset");
    assertThat(line()).contains("\"ended\":\"client_aborted\"");
  }

  @Test
  void aResetOfThePeerIsAResetForTheClient() throws Exception {
    StreamPeer peer =
        peer(
            (socket, self) -> {
              socket.send("half");
              self.hear("sent");
              socket.in().read();
            });
    start("", "", "", peer);
    TlsStream client = connect();
    assertThat(client.read(4)).isEqualTo("half");
    peer.abort();
    assertThat(client.end()).isEqualTo("reset");
    assertThat(line())
        .contains("\"ended\":\"backend_aborted\"", "\"failure\":\"closed_during_response\"");
  }

  @Test
  void aStreamInWhichNobodySpeaksIsClosed() throws Exception {
    start("timeouts.idle = 1s", "", "", echo());
    TlsStream client = connect();
    client.ping("hello");
    assertThat(client.end()).isEqualTo("cut");
    assertThat(line()).contains("\"ended\":\"idle\"");
  }

  // ---- endpoints

  @Test
  void anEndpointThatRefusesGivesWayToTheNext() throws Exception {
    StreamPeer good = echo();
    try (HeldPort refusing = HeldPort.hold()) {
      Files.writeString(gateway.file("denied.txt"), "");
      write(
          "",
          "",
          "retries.attempts = 1",
          "{ address = \""
              + refusing.address()
              + "\" }, { address = \""
              + good.address()
              + "\", backup = true }");
      gateway.startFrom(gateway.file("gateway.conf"));
      TlsStream client = connect();
      client.ping("hello");
      client.close();
      assertThat(line())
          .contains("\"attempts\":2", "\"endpoint\":\"" + good.address(), "client_closed");
    }
  }

  @Test
  void withoutAnEndpointTheClientIsCut() throws Exception {
    try (HeldPort refusing = HeldPort.hold()) {
      Files.writeString(gateway.file("denied.txt"), "");
      write("", "", "", "\"" + refusing.address() + "\"");
      gateway.startFrom(gateway.file("gateway.conf"));
      TlsStream client = connect();
      assertThat(client.end()).isEqualTo("cut");
      assertThat(line()).contains("\"ended\":\"not_connected\"", "\"failure\":\"connect_refused\"");
      gateway.awaitMetric(1, "gateway_stream_connections_total", "outcome=\"not_connected\"");
    }
  }

  @Test
  void aPeerThatDoesNotTrustTheGatewayIsAudited() throws Exception {
    StreamPeer peer =
        gateway.closing(StreamPeer.start(TestPki.BACKEND, TestPki.STRANGERS, (socket, self) -> {}));
    start("", "", "", peer);
    TlsStream client = connect();
    assertThat(client.end()).isEqualTo("cut");
    assertThat(line()).contains("\"failure\":\"tls_identity_refused\"", "backend_aborted");
    assertThat(gateway.audit().awaitContaining("backend-refused")).contains("tls_identity_refused");
  }

  @Test
  void openStreamsCountForTheLimitOfTheBackend() throws Exception {
    start("", "", "limits { max-requests = 1, max-waiting = 1 }", echo());
    TlsStream first = connect();
    first.ping("hello");
    TlsStream second = connect();
    assertThat(second.end()).isEqualTo("cut");
    assertThat(line()).contains("\"failure\":\"request_limit\"");
    first.ping("again");
    first.close();
    gateway.awaitMetric(0, "gateway_stream_connections_active");
    connect().ping("third");
  }

  // ---- clients

  @Test
  void aClientWithoutACertificateReachesNoPeer() throws Exception {
    StreamPeer echo = echo();
    start("", CLIENTS, "", echo);
    boolean refused;
    try {
      refused = !connect(null, "TLSv1.3").end().isEmpty();
    } catch (IOException inTheHandshake) {
      refused = true;
    }
    assertThat(refused).isTrue();
    assertThat(gateway.assertHandshakeRefused("client_certificate_missing"))
        .contains("\"listener\":\"mllp\"");
    assertThat(echo.connections()).isZero();
  }

  @Test
  void aClientThatIsDeniedLaterIsCut() throws Exception {
    start("", CLIENTS, "", echo());
    TlsStream client = connect(TestPki.USER);
    client.ping("hello");
    Files.writeString(
        gateway.file("denied.txt"),
        "sha256:"
            + sallyport.credentials.certificates.Certificates.fingerprint(
                TestPki.USER.chain().getFirst())
            + "\n");
    assertThat(client.end()).isEqualTo("cut");
    assertThat(gateway.audit().awaitContaining("client-cut")).contains("\"listener\":\"mllp\"");
  }

  @Test
  void aClientWithoutTlsGetsNoAnswer() throws Exception {
    StreamPeer echo = echo();
    start("", "", "", echo);
    for (String text : new String[] {"GET / HTTP/1.1\r\n\r\n", "\u000bMSH|^~\\&|\u001c\r"}) {
      try (Socket plain = new Socket(address().getAddress(), address().getPort())) {
        plain.setSoTimeout(20_000);
        plain.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(new String(plain.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
            .doesNotContain("HTTP")
            .hasSizeLessThan(8);
      } catch (SocketException reset) {
        // An end too.
      }
    }
    gateway.awaitMetric(2, "gateway_tls_handshake_failures_total", "reason=\"not_tls\"");
    assertThat(echo.connections()).isZero();
  }

  // ---- drain and reload

  @Test
  void aStreamGoesOnInADrainUntilItsTimeout() throws Exception {
    start("", "", "", echo());
    TlsStream client = connect();
    client.ping("before");
    CompletableFuture<Boolean> drained = gateway.drain(Duration.ofSeconds(2));
    client.ping("while");
    assertThat(drained.get()).isFalse();
    gateway.stop();
    assertThat(client.end()).isEqualTo("cut");
    assertThat(line()).contains("\"ended\":\"drained\"");
  }

  @Test
  void aStreamThatEndsInADrainLetsItEnd() throws Exception {
    start("", "", "", echo());
    TlsStream client = connect();
    client.ping("before");
    CompletableFuture<Boolean> drained = gateway.drain(Duration.ofSeconds(20));
    client.ping("while");
    client.close();
    assertThat(drained.get()).isTrue();
    assertThat(line()).contains("\"ended\":\"client_closed\"");
  }

  @Test
  void streamsKeepTheConfigurationThatTheyBeganWith() throws Exception {
    StreamPeer one = echo();
    StreamPeer other = echo();
    start("", "", "", one);
    TlsStream old = connect();
    old.ping("before");
    write("", "", "slow-start = 1s", addresses(other));
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    old.ping("after");
    TlsStream fresh = connect();
    fresh.ping("after");
    assertThat(one.connections()).isEqualTo(1);
    assertThat(other.connections()).isEqualTo(1);
    old.close();
    fresh.close();
    Eventually.equal(
        "lines",
        2L,
        () -> gateway.access().all().stream().filter(l -> l.contains("client_closed")).count());
  }

  // ---- by server name

  @Test
  void theServerNameChoosesTheBackendOrRefuses() throws Exception {
    StreamPeer one = echo();
    StreamPeer other = echo();
    Files.writeString(gateway.file("denied.txt"), "");
    write("", "", "", addresses(one));
    String hocon =
        Files.readString(gateway.file("gateway.conf"))
            .replace(
                "forward-to = engine",
                "forward-to { \"LOCALHOST\" = engine, \"*.wild.test\" = other }");
    gateway.startWith(
        hocon
            + "gateway.backends.other = ${gateway.backends.engine} { endpoints = [ "
            + addresses(other)
            + " ] }");
    connect().ping("hello");
    assertThat(one.connections()).isEqualTo(1);
    SSLContext context = TestPki.context(null, TestPki.FRONT);
    try (TlsStream client = TlsStream.connect(address(), context, "a.wild.test")) {
      client.ping("hello");
    }
    assertThat(other.connections()).isEqualTo(1);
    assertThatThrownBy(() -> TlsStream.connect(address(), context, "gateway.test"))
        .hasMessageContaining("unrecognized_name");
    assertThat(gateway.assertHandshakeRefused("unknown_sni")).contains("\"listener\":\"mllp\"");
    gateway.awaitMetric(1, "gateway_stream_connections_total", "backend=\"other\"");
  }
}
