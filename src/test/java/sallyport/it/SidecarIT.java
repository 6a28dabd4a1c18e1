package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cli.Main;
import sallyport.cli.command.Dispatcher;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LocalOrigin;
import sallyport.testkit.OneLane;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.StreamPeer;
import sallyport.testkit.TestPki;
import sallyport.testkit.TlsStream;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;

/** Gateways that run the configuration which {@code sallyport sidecar --print} prints. */
@OneLane("A sidecar has one event loop.")
class SidecarIT {
  private static final String GATEWAY = "gateway.clinic.test";

  @RegisterExtension final GatewayFixture sidecar = new GatewayFixture();

  private static Identity client(CertificateAuthority authority, String name) {
    return authority.issue(CertificateRequest.of("client").dns(name).usage(CLIENT_AUTH));
  }

  private void start(String certificate, String trust, String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("sidecar", "--print"));
    words.addAll(List.of("--certificate", sidecar.file(certificate + ".pem").toString()));
    words.addAll(List.of("--key", sidecar.file(certificate + ".key").toString()));
    words.addAll(List.of("--trust", sidecar.file(trust).toString()));
    words.addAll(List.of(options));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        new Dispatcher(Main.COMMANDS)
            .execute(words.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    assertThat(status).as(err.toString()).isZero();
    sidecar.startFrom(Files.writeString(sidecar.file("sidecar.conf"), out.toString()));
  }

  /** Mutual TLS in, from gateways of the authority of users. */
  private void startInward(String to, String... more) throws IOException {
    List<String> options = new ArrayList<>(List.of("--listen", "127.0.0.1:0", "--to", to));
    options.addAll(List.of("--allow", GATEWAY));
    options.addAll(List.of(more));
    start("server", "clients-ca.pem", options.toArray(String[]::new));
  }

  /** Mutual TLS out, to a partner that is verified by this name. */
  private void startOutward(String to, String serverName, String... more) throws IOException {
    List<String> options = new ArrayList<>(List.of("--client", "--listen", "127.0.0.1:0"));
    options.addAll(List.of("--to", to, "--server-name", serverName));
    options.addAll(List.of(more));
    start("client", "backend-ca.pem", options.toArray(String[]::new));
  }

  private InetSocketAddress address() {
    return sidecar.gateway().address("sidecar");
  }

  private RawClient connect(@Nullable Identity identity, String... versions) throws IOException {
    return sidecar.closing(
        RawClient.tls(address(), TestPki.context(identity, TestPki.FRONT), "localhost", versions));
  }

  /** Returns 0 where the handshake fails; under TLS 1.3 the client sees that afterwards. */
  private int statusOf(@Nullable Identity identity, String version) throws IOException {
    try {
      return connect(identity, version).status();
    } catch (IOException refused) {
      return 0;
    }
  }

  private LocalOrigin service(String kind) throws IOException {
    return sidecar.closing(
        kind.equals("unix")
            ? LocalOrigin.at(sidecar.file("app.sock"), line -> LocalOrigin.ok("served"))
            : LocalOrigin.at(kind, line -> LocalOrigin.ok("served")));
  }

  // ---- HTTP

  @ParameterizedTest
  @ValueSource(strings = {"unix", "127.0.0.1", "127.7.7.7", "::1"})
  void aNameThatIsAllowedReachesTheService(String kind) throws Exception {
    LocalOrigin service = service(kind);
    startInward(service.address());
    RawClient gateway = connect(client(TestPki.USERS, GATEWAY));

    assertThat(gateway.get("/a").read().body()).isEqualTo("served");

    assertThat(service.take()).startsWith("GET /a HTTP/1.1\r\n");
    assertThat(sidecar.metric("gateway_tls_handshakes_total")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "other, TLSv1.2, client_certificate_not_listed",
    "other, TLSv1.3, client_certificate_not_listed",
    "none, TLSv1.2, client_certificate_missing",
    "none, TLSv1.3, client_certificate_missing",
    "stranger, TLSv1.2, client_certificate_refused",
    "stranger, TLSv1.3, client_certificate_refused",
  })
  void everyOtherClientIsRefusedCountedAndAudited(String who, String version, String reason)
      throws Exception {
    LocalOrigin service = service("unix");
    startInward(service.address());
    Identity identity =
        switch (who) {
          case "other" -> client(TestPki.USERS, "other.clinic.test");
          // The name is that of the authority that is trusted; else the client would show nothing.
          case "stranger" -> client(CertificateAuthority.create("users"), GATEWAY);
          default -> null;
        };

    assertThat(statusOf(identity, version)).isZero();

    String line = sidecar.assertHandshakeRefused(reason);
    assertThat(line).contains("\"listener\":\"sidecar\"");
    if (who.equals("other")) {
      assertThat(line).contains("is nobody whom client-auth.allow lists");
    }
    assertThat(service.connections()).isZero();
  }

  /** The name of the handshake is that of the sidecar, the Host that of the gateway's client. */
  @Test
  void theServiceSeesTheHostThatTheClientOfTheGatewayAskedFor() throws Exception {
    LocalOrigin service = service("unix");
    startInward(service.address());

    assertThat(
            connect(client(TestPki.USERS, GATEWAY))
                .send("GET / HTTP/1.1\r\nHost: clinic.example\r\n\r\n")
                .read()
                .status())
        .isEqualTo(200);
    assertThat(service.take()).containsIgnoringCase("\r\nHost: clinic.example\r\n");
  }

  /** The client's address and Host. */
  @ParameterizedTest
  @CsvSource({"127.0.0.1/32, 192.0.2.7", "192.0.2.0/24, 127.0.0.1"})
  void theAddressOfTheClientPassesFromProxiesThatAreTrusted(String range, String told)
      throws Exception {
    LocalOrigin service = service("unix");
    startInward(service.address(), "--trusted-proxies", range);
    connect(client(TestPki.USERS, GATEWAY))
        .send(
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Host: c.test\r\n\r\n")
        .read();

    String head = service.take();
    assertThat(
            head.lines()
                .filter(
                    line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("x-forwarded-for:")))
        .singleElement()
        .asString()
        .contains(told);
    assertThat(head.contains("c.test")).isEqualTo(range.startsWith("127"));
  }

  @Test
  void aReloadTakesUpRotatedFilesAndChangesNothingElse() throws Exception {
    startInward(service("unix").address());
    Identity next =
        TestPki.FRONT.issue(
            CertificateRequest.of("next")
                .dns("localhost", "gateway.test", "*.wild.test")
                .ip("127.0.0.1")
                .usage(CertificateRequest.Usage.SERVER_AUTH));
    next.write(sidecar.file("server.pem"), sidecar.file("server.key"));

    HttpResponse<String> reload = sidecar.reload("");
    assertThat(reload.statusCode()).as(reload.body()).isEqualTo(200);

    TlsStream seen =
        sidecar.closing(
            TlsStream.connect(
                address(),
                TestPki.context(client(TestPki.USERS, GATEWAY), TestPki.FRONT),
                "localhost"));
    assertThat(seen.socket().getSession().getPeerCertificates()[0]).isEqualTo(next.certificate());
  }

  // ---- TCP

  /** A service of TCP that has one connection. */
  private ServerSocket tcpService() throws IOException {
    return sidecar.closing(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
  }

  private TlsStream stream() throws IOException {
    return sidecar.closing(
        TlsStream.connect(
            address(),
            TestPki.context(client(TestPki.USERS, GATEWAY), TestPki.FRONT),
            "localhost"));
  }

  private Socket accepted(ServerSocket service) throws IOException {
    Socket socket = sidecar.closing(service.accept());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static String read(Socket socket, int length) throws IOException {
    return new String(socket.getInputStream().readNBytes(length), StandardCharsets.US_ASCII);
  }

  @Test
  void aStreamPassesAndEitherSideMayEndItsHalfFirst() throws Exception {
    ServerSocket service = tcpService();
    startInward("127.0.0.1:" + service.getLocalPort(), "--tcp");
    TlsStream gateway = stream();
    Socket inside = accepted(service);
    gateway.send("question");
    assertThat(read(inside, 8)).isEqualTo("question");
    inside.getOutputStream().write("answer".getBytes(StandardCharsets.US_ASCII));
    inside.shutdownOutput();

    assertThat(gateway.read(6)).isEqualTo("answer");
    assertThat(gateway.in().read()).isEqualTo(-1);
    gateway.send("more");
    gateway.finish();

    assertThat(read(inside, 4)).isEqualTo("more");
    assertThat(inside.getInputStream().read()).isEqualTo(-1);
    assertThat(sidecar.access().awaitContaining("\"protocol\":\"TCP\""))
        .contains("\"listener\":\"sidecar\"", "\"bytes_in\":12", "\"bytes_out\":6");
  }

  @Test
  void aStreamOfAnotherNameReachesNoService() throws Exception {
    ServerSocket service = tcpService();
    startInward("127.0.0.1:" + service.getLocalPort(), "--tcp");
    Identity other = client(TestPki.USERS, "other.clinic.test");
    try (TlsStream refused =
        TlsStream.connect(
            address(), TestPki.context(other, TestPki.FRONT), "localhost", "TLSv1.3")) {
      assertThat(refused.end()).isNotEqualTo("end");
    }
    sidecar.assertHandshakeRefused("client_certificate_not_listed");
    service.setSoTimeout(1);
    assertThat(org.assertj.core.api.Assertions.catchThrowable(service::accept))
        .isInstanceOf(java.net.SocketTimeoutException.class);
  }

  // ---- client mode

  @Test
  void aProgramWithoutTlsReachesAPartnerOverMutualTls() throws Exception {
    Origin partner = sidecar.origin(r -> r.reply(200, String.valueOf(r.header("host"))));
    startOutward(partner.address(), "legacy.internal");
    RawClient program = sidecar.closing(RawClient.plain(address()));

    assertThat(program.get("/in").read().body()).isEqualTo("legacy.internal");

    assertThat(sidecar.metric("gateway_upstream_handshakes_total", "client_certificate=\"sent\""))
        .isEqualTo(1);
  }

  @Test
  void aSenderOfPlainTcpReachesAPartnerOverMutualTls() throws Exception {
    StreamPeer partner = sidecar.closing(StreamPeer.echo());
    startOutward(partner.address(), "legacy.internal", "--tcp");
    try (Socket sender = new Socket(address().getAddress(), address().getPort())) {
      sender.setSoTimeout(20_000);
      sender.getOutputStream().write("question".getBytes(StandardCharsets.US_ASCII));
      assertThat(read(sender, 8)).isEqualTo("question");
    }
    assertThat(partner.connections()).isEqualTo(1);
    assertThat(sidecar.access().awaitContaining("\"protocol\":\"TCP\""))
        .contains("\"listener\":\"sidecar\"", "\"upstream_tls_version\":\"TLSv1.3\"");
  }

  @Test
  void aPartnerOfAnotherNameGetsNothing() throws Exception {
    Origin partner = sidecar.origin(r -> r.reply(200, "taken"));
    startOutward(partner.address(), "partner.example");

    assertThat(sidecar.closing(RawClient.plain(address())).get("/in").status()).isEqualTo(502);
    assertThat(partner.requests()).isEmpty();
  }
}
