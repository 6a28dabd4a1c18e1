package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.Loops;
import sallyport.testkit.Peers;
import sallyport.testkit.StreamPeer;
import sallyport.testkit.TestPki;
import sallyport.testkit.TlsStream;
import sallyport.tools.pki.Identity;

/** TLS that passes unopened, by the server name of its ClientHello. */
class PassThroughIT {
  private static final String NAME = "c.example";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  // ---- scene

  private void start(String listener, String backend, String c, String d) {
    gateway.startWith(
        """
        gateway {
          listeners.passing {
            bind = "127.0.0.1:0"
            pass-through { "C.example" = c, "*.d.example" = d }
            %s
          }
          backends.c { endpoints = [ "%s" ], %s }
          backends.d { endpoints = [ "%s" ] }
          admin.bind = "127.0.0.1:0"
          lame-duck = 0s
          runtime.workers = %d
        }
        """
            .formatted(listener, c, backend, d, Loops.COUNT));
  }

  private StreamPeer start(String listener) {
    StreamPeer peer = gateway.closing(StreamPeer.echo());
    start(listener, "health { check = tcp }", peer.address(), peer.address());
    return peer;
  }

  private InetSocketAddress address() {
    return gateway.gateway().address("passing");
  }

  /** A client that shows its own certificate to the backend. */
  private TlsStream connect(String name, String... versions) throws IOException {
    SSLContext context = TestPki.context(TestPki.CLIENT, TestPki.BACK);
    return gateway.closing(TlsStream.connect(address(), context, name, versions));
  }

  private Socket connectPlain() throws IOException {
    Socket socket = gateway.closing(new Socket(address().getAddress(), address().getPort()));
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** The ClientHello of the JDK: one record. */
  private static byte[] hello(String name) throws IOException {
    SSLEngine engine = TestPki.context(null, TestPki.BACK).createSSLEngine();
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(name)));
    engine.setSSLParameters(parameters);
    ByteBuffer record = ByteBuffer.allocate(64 * 1024);
    engine.wrap(ByteBuffer.allocate(0), record);
    return Arrays.copyOf(record.array(), record.position());
  }

  /** What is answered until the end, or until a reset. */
  private static byte[] answer(Socket socket) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      InputStream in = socket.getInputStream();
      for (int octet = in.read(); octet >= 0; octet = in.read()) {
        all.write(octet);
      }
    } catch (SocketException reset) {
      // An end too.
    }
    return all.toByteArray();
  }

  private void assertRefused(String reason) {
    String line = gateway.assertHandshakeRefused(reason);
    assertThat(line).contains("\"listener\":\"passing\"");
    assertThat(gateway.metric("gateway_stream_connections_total")).isZero();
  }

  // ---- what passes

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void theHandshakeIsBetweenTheClientAndTheBackend(String version) throws Exception {
    StreamPeer peer = start("");
    TlsStream client = connect(NAME, version);
    client.ping("a secret");
    X509Certificate shown = (X509Certificate) client.socket().getSession().getPeerCertificates()[0];
    assertThat(shown).isEqualTo(TestPki.BACKEND.chain().getFirst());
    assertThat(client.socket().getSession().getProtocol()).isEqualTo(version);
    assertThat(peer.connections()).isEqualTo(1);
    assertThat(gateway.metric("gateway_upstream_connect_seconds_count")).isPositive();
    client.close();
    assertThat(gateway.access().awaitContaining("\"protocol\":\"TCP\""))
        .contains(
            "\"listener\":\"passing\"",
            "\"host\":\"c.example\"",
            "\"backend\":\"c\"",
            "\"attempts\":1",
            "\"tls_offered\":\"" + version + "\"")
        .doesNotContain("\"tls_version\"", "upstream_tls", "client_certificate", "\"bytes_in\":0");
    assertThat(gateway.metric("gateway_tls_handshakes_total")).isZero();
    assertThat(gateway.metric("gateway_upstream_handshakes_total")).isZero();
  }

  @Test
  void theServerNameChoosesTheBackend() throws Exception {
    StreamPeer c = gateway.closing(StreamPeer.echo());
    Identity other = TestPki.SERVER;
    StreamPeer d =
        gateway.closing(
            StreamPeer.start(
                other, TestPki.BACK, (stream, self) -> stream.in().transferTo(stream.out())));
    start("", "", c.address(), d.address());
    connect("C.EXAMPLE").ping("hello");
    SSLContext context = TestPki.context(TestPki.CLIENT, TestPki.FRONT);
    try (TlsStream client = TlsStream.connect(address(), context, "a.d.example")) {
      client.ping("hello");
      assertThat(client.socket().getSession().getPeerCertificates()[0])
          .isEqualTo(other.chain().getFirst());
    }
    assertThat(c.connections()).isEqualTo(1);
    assertThat(d.connections()).isEqualTo(1);
  }

  @Test
  void opensslSpeaksWithTheBackend() throws Exception {
    Peers.demand("openssl");
    start("");
    TestPki.CLIENT.write(gateway.file("own.pem"), gateway.file("own.key"));
    Process openssl =
        openssl(
            "-servername",
            NAME,
            "-CAfile",
            "backend-ca.pem",
            "-cert",
            "own.pem",
            "-key",
            "own.key");
    openssl.getOutputStream().write("MSH|^~\\&|\n".getBytes(StandardCharsets.US_ASCII));
    openssl.getOutputStream().flush();
    assertThat(openssl.inputReader(StandardCharsets.US_ASCII).readLine()).isEqualTo("MSH|^~\\&|");
    openssl.getOutputStream().close();
    openssl.destroy();
    openssl.waitFor();
  }

  private Process openssl(String... more) throws IOException {
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                "openssl", "s_client", "-quiet", "-connect", "127.0.0.1:" + address().getPort()));
    command.addAll(List.of(more));
    Process process =
        new ProcessBuilder(command)
            .directory(gateway.folder().toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process;
  }

  @Test
  void manyBytesPassUnchanged() throws Exception {
    start("");
    TlsStream client = connect(NAME);
    byte[] sent = new byte[20 * 1024 * 1024];
    new java.util.Random(1).nextBytes(sent);
    CompletableFuture<Void> writing =
        CompletableFuture.runAsync(
            () -> {
              try {
                client.out().write(sent);
                client.out().flush();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertThat(client.in().readNBytes(sent.length)).isEqualTo(sent);
    writing.join();
  }

  @Test
  void theEndOfTheClientReachesTheBackendAsItsOwn() throws Exception {
    StreamPeer peer = gateway.closing(StreamPeer.start((stream, self) -> self.hear(stream.end())));
    start("", "", peer.address(), peer.address());
    connect(NAME, "TLSv1.2").close();
    assertThat(peer.heard()).isEqualTo("end");
    connect(NAME, "TLSv1.2").cut();
    assertThat(peer.heard()).isEqualTo("cut");
    connect(NAME, "TLSv1.2").reset();
    assertThat(peer.heard()).isEqualTo("reset");
  }

  // ---- the ClientHello

  @Test
  void aClientHelloInSegmentsOfOneOctetPasses() throws Exception {
    start("");
    Socket client = connectPlain();
    OutputStream out = client.getOutputStream();
    for (byte octet : hello(NAME)) {
      out.write(octet);
    }
    assertThat(client.getInputStream().read()).as("a record of the handshake").isEqualTo(22);
  }

  /** RFC 8446 section 5.1: a handshake message may be in several records. */
  @Test
  void aClientHelloInTwoRecordsPasses() throws Exception {
    start("");
    Socket client = connectPlain();
    byte[] hello = hello(NAME);
    int body = hello.length - 5;
    int first = body / 2;
    ByteBuffer records = ByteBuffer.allocate(hello.length + 5);
    records.put(hello, 0, 3).putShort((short) first).put(hello, 5, first);
    records.put(hello, 0, 3).putShort((short) (body - first)).put(hello, 5 + first, body - first);
    client.getOutputStream().write(records.array());
    assertThat(client.getInputStream().read()).as("a record of the handshake").isEqualTo(22);
  }

  /** Browsers send encrypted_client_hello without a key too (GREASE): the outer name counts. */
  @Test
  void aClientHelloWithAnEncryptedOnePassesByItsOuterName() throws Exception {
    start("");
    byte[] hello = hello(NAME);
    int length = 12;
    ByteBuffer longer = ByteBuffer.allocate(hello.length + length);
    longer.put(hello).putShort((short) 0xfe0d).putShort((short) (length - 4));
    addTo(longer, 3, length);
    addTo(longer, 7, length);
    int suites = 44 + hello[43];
    int compressions = suites + 2 + longer.getShort(suites);
    addTo(longer, compressions + 1 + hello[compressions], length);
    Socket client = connectPlain();
    client.getOutputStream().write(longer.array());
    assertThat(client.getInputStream().read()).as("a record of the handshake").isEqualTo(22);
  }

  private static void addTo(ByteBuffer message, int at, int length) {
    message.putShort(at, (short) (message.getShort(at) + length));
  }

  @Test
  void theClientIsTheOneOfTheProxyHeader() throws Exception {
    start("trusted-proxies = [ \"127.0.0.1\" ], proxy-protocol = true");
    Socket client = connectPlain();
    client
        .getOutputStream()
        .write(
            "PROXY TCP4 198.51.100.7 127.0.0.1 4000 8445\r\n".getBytes(StandardCharsets.US_ASCII));
    client.getOutputStream().write(hello(NAME));
    assertThat(client.getInputStream().read()).as("a record of the handshake").isEqualTo(22);
    client.close();
    assertThat(gateway.access().awaitContaining("\"protocol\":\"TCP\""))
        .contains("\"client\":\"198.51.100.7:4000\"", "\"proxy\":\"127.0.0.1:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void theBackendGetsTheProxyHeaderAndThenTheClientHelloUnchanged(String version) throws Exception {
    try (ServerSocket backend = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String endpoint = "127.0.0.1:" + backend.getLocalPort();
      start("", "proxy-protocol = " + version, endpoint, endpoint);
      Socket client = connectPlain();
      byte[] hello = hello(NAME);
      client.getOutputStream().write(hello);
      try (Socket accepted = backend.accept()) {
        accepted.setSoTimeout(20_000);
        DataInputStream in = new DataInputStream(accepted.getInputStream());
        if (version.equals("v1")) {
          assertThat(line(in))
              .isEqualTo(
                  "PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\n"
                      .formatted(client.getLocalPort(), client.getPort()));
        } else {
          assertThat(new String(in.readNBytes(12), StandardCharsets.ISO_8859_1))
              .isEqualTo("\r\n\r\n\0\r\nQUIT\n");
          assertThat(in.readUnsignedShort()).as("PROXY, TCP over IPv4").isEqualTo(0x2111);
          byte[] addresses = in.readNBytes(in.readUnsignedShort());
          assertThat(ByteBuffer.wrap(addresses).getShort(8) & 0xffff)
              .isEqualTo(client.getLocalPort());
        }
        assertThat(in.readNBytes(hello.length)).isEqualTo(hello);
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.indexOf("\n") < 0) {
      line.append((char) in.read());
    }
    return line.toString();
  }

  // ---- what is refused

  @Test
  void aNameThatIsNotListedIsRefused() throws Exception {
    StreamPeer peer = start("");
    assertThatThrownBy(() -> connect("d.example")).hasMessageContaining("unrecognized_name");
    assertRefused("unknown_sni");
    assertThat(peer.connections()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "-noservername, unknown_sni",
    "-tls1 -cipher ALL:@SECLEVEL=0 -servername c.example, no_common_version",
    "-tls1_1 -cipher ALL:@SECLEVEL=0 -servername c.example, no_common_version"
  })
  void aClientOfOpensslIsRefused(String options, String reason) throws Exception {
    Peers.demand("openssl");
    StreamPeer peer = start("");
    Process openssl = openssl(options.split(" "));
    assertThat(openssl.waitFor()).isNotZero();
    assertRefused(reason);
    assertThat(peer.connections()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1.1\r\nHost: c.example\r\n\r\n", "\u000bMSH|^~\\&|\u001c\r"})
  void plainTextReachesNoBackend(String text) throws Exception {
    try (ServerSocket backend = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String endpoint = "127.0.0.1:" + backend.getLocalPort();
      start("", "", endpoint, endpoint);
      Socket client = connectPlain();
      client.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      assertThat(answer(client)).isEmpty();
      assertRefused("not_tls");
      assertThat(gateway.audit().all()).noneMatch(line -> line.contains("MSH"));
      assertThat(gateway.metric("gateway_upstream_connect_seconds_count")).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Application data, an alert and a change of keys, before any ClientHello.
        "170303000100",
        "15030300020200",
        "140303000101",
        // A ServerHello.
        "16030300060200000200000000",
        // SSL 2.0.
        "802e0100020015000000100100800200800300800400800500800600400700c0"
      })
  void recordsThatAreNoClientHelloReachNoBackend(String record) throws Exception {
    StreamPeer peer = start("");
    Socket client = connectPlain();
    client.getOutputStream().write(HexFormat.of().parseHex(record));
    assertThat(answer(client)).isEmpty();
    assertRefused("not_tls");
    assertThat(peer.connections()).isZero();
  }

  @Test
  void aClientHelloThatIsTooLargeIsRefused() throws Exception {
    start("client-hello.max-size = 512B");
    Socket client = connectPlain();
    byte[] large = {22, 3, 1, 4, 0, 1, 0, 3, (byte) 0xfc, 3, 3};
    client.getOutputStream().write(large);
    client.getOutputStream().write(new byte[1024]);
    assertThat(answer(client)).isEmpty();
    assertRefused("client_hello_too_large");
  }

  @Test
  void aClientHelloThatDoesNotAddUpIsRefused() throws Exception {
    start("");
    byte[] hello = hello(NAME);
    // The length of the session id.
    hello[43] = (byte) 0xff;
    Socket client = connectPlain();
    client.getOutputStream().write(hello);
    assertThat(answer(client)).as("the alert decode_error").endsWith(2, 50);
    assertRefused("malformed_client_hello");
  }

  @Test
  void aClientThatIsSlowIsRefused() throws Exception {
    start("client-hello.timeout = 100ms");
    Socket client = connectPlain();
    client.getOutputStream().write(22);
    assertThat(answer(client)).isEmpty();
    assertRefused("client_hello_timeout");
  }

  @Test
  void aClientWhoseBackendIsAwayIsCut() throws Exception {
    HeldPort away = gateway.closing(HeldPort.hold());
    start("", "", away.address(), away.address());
    Socket client = connectPlain();
    client.getOutputStream().write(hello(NAME));
    assertThat(answer(client)).isEmpty();
    assertThat(gateway.access().awaitContaining("\"protocol\":\"TCP\""))
        .contains("\"ended\":\"not_connected\"", "\"failure\":\"connect_refused\"");
  }

  // ---- drain

  @Test
  void aClientHelloThatComesInADrainStillPasses() throws Exception {
    start("");
    Socket client = connectPlain();
    byte[] hello = hello(NAME);
    client.getOutputStream().write(hello, 0, 10);
    gateway.awaitMetric(1, "gateway_downstream_connections_active", "listener=\"passing\"");
    gateway.drain(Duration.ofSeconds(20));
    client.getOutputStream().write(hello, 10, hello.length - 10);
    assertThat(client.getInputStream().read()).as("a record of the handshake").isEqualTo(22);
  }

  @Test
  void aConnectionGoesOnInADrainUntilItsTimeout() throws Exception {
    start("");
    TlsStream client = connect(NAME);
    client.ping("before");
    CompletableFuture<Boolean> drained = gateway.drain(Duration.ofSeconds(2));
    client.ping("while");
    assertThat(drained.get()).isFalse();
    gateway.stop();
    assertThat(client.end()).isIn("reset", "cut");
    assertThat(gateway.access().awaitContaining("\"protocol\":\"TCP\""))
        .contains("\"ended\":\"drained\"");
  }
}
