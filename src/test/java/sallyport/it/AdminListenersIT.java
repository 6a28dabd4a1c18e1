package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.GatewayConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.gateway.Gateway;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;

/** Control apart from metrics: at a Unix socket, and under mutual TLS with roles. */
class AdminListenersIT {
  private static final String TLS =
      """
      tls {
        certificates = [ { chain = server.pem, key = server.key } ]
        client-auth { mode = required, trust = clients-ca.pem }
      }
      """;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final Identity reader = user("reader");
  private final Identity operator = user("operator");

  private static Identity user(String name) {
    return TestPki.USERS.issue(CertificateRequest.of(name).usage(CLIENT_AUTH));
  }

  private static String name(Identity identity) {
    return "\"sha256:" + Certificates.fingerprint(identity.certificate()) + "\"";
  }

  private static String request(String method, String target) {
    return "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        .formatted(method, target);
  }

  private void start(String admin) {
    gateway.start(Setup.to("127.0.0.1:1", "127.0.0.1:2").gateway(admin));
  }

  private RawClient.Response plain(String listener, String method, String target)
      throws IOException {
    try (RawClient client = RawClient.plain(gateway.gateway().address(listener))) {
      return client.send(request(method, target)).read();
    }
  }

  // ---- a Unix socket

  private Path socket() {
    return gateway.file("control.sock");
  }

  private String unix(String method, String target) throws IOException {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(socket()));
      Channels.newOutputStream(client)
          .write(request(method, target).getBytes(StandardCharsets.US_ASCII));
      return new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String control() {
    return "admin.control.bind = \"unix:" + socket() + "\"";
  }

  @Test
  void ordersAreGivenAtTheSocketAndNowhereElse() throws Exception {
    start(control());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
        .isEqualTo("rw-------");
    assertThat(unix("GET", "/status")).startsWith("HTTP/1.1 200 ").contains("unix:" + socket());
    assertThat(unix("POST", "/drain?force=true&endpoint=127.0.0.1:1")).contains("drained");
    assertThat(unix("POST", "/reload")).contains("configuration: unchanged");
    assertThat(gateway.audit().awaitContaining("control-used"))
        .contains("\"operator\":\"user " + System.getProperty("user.name") + "\"");
    assertThat(unix("GET", "/reload")).startsWith("HTTP/1.1 405 ");
    assertThat(unix("GET", "/metrics")).startsWith("HTTP/1.1 404 ").contains("admin.metrics has");
    assertThat(plain("admin", "GET", "/metrics").status()).isEqualTo(200);
    assertThat(plain("admin", "GET", "/healthz").status()).isEqualTo(200);
    for (String target : new String[] {"/", "/status"}) {
      assertThat(plain("admin", "GET", target).status()).isEqualTo(404);
    }
    for (String target : new String[] {"/reload", "/drain?endpoint=127.0.0.1:2", "/undrain"}) {
      assertThat(plain("admin", "POST", target).status()).isEqualTo(404);
    }
    gateway.stop();
    assertThat(socket()).doesNotExist();
  }

  @Test
  void aSocketOfAProcessThatWasKilledIsReplacedAndOneInUseIsNot() throws Exception {
    try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(socket()));
      assertThatThrownBy(this::open)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot bind admin.control to unix:" + socket())
          .hasMessageContaining("another process listens there");
    }
    assertThat(socket()).exists();
    start(control());
    assertThat(unix("GET", "/status")).startsWith("HTTP/1.1 200 ");
  }

  private void open() throws Exception {
    Gateway.start(
            GatewayConfig.parse(
                Setup.to("127.0.0.1:1").gateway(control()).hocon(), gateway.folder()))
        .close();
  }

  @Test
  void aFolderThatOthersMayWriteToIsRefused() throws Exception {
    Files.setPosixFilePermissions(gateway.folder(), PosixFilePermissions.fromString("rwxrwx---"));
    assertThatThrownBy(this::open).hasMessageContaining("others may write to");
    Files.setPosixFilePermissions(gateway.folder(), PosixFilePermissions.fromString("rwx------"));
    Files.writeString(socket(), "mine");
    assertThatThrownBy(this::open).hasMessageContaining("a file that is no socket");
    assertThat(socket()).hasContent("mine");
  }

  // ---- mutual TLS

  private String mutual(String roles) {
    return "admin.control { bind = \"127.0.0.1:0\", roles { %s }\n%s }".formatted(roles, TLS);
  }

  private String roles() {
    return "read = [ %s ], operate = [ %s ]".formatted(name(reader), name(operator));
  }

  private int status(String listener, @Nullable Identity who, String method, String target) {
    InetSocketAddress address = gateway.gateway().address(listener);
    try (RawClient client =
        RawClient.tls(address, TestPki.context(who, TestPki.FRONT), "localhost")) {
      return client.send(request(method, target)).read().status();
    } catch (IOException refused) {
      return 0;
    }
  }

  @Test
  void aCertificateDoesWhatItsRoleMay() throws Exception {
    start(mutual(roles()));
    String drain = "/drain?force=true&endpoint=127.0.0.1:1";
    assertThat(status("admin.control", reader, "GET", "/status")).isEqualTo(200);
    assertThat(status("admin.control", reader, "POST", drain)).isEqualTo(403);
    assertThat(status("admin.control", reader, "POST", "/reload")).isEqualTo(403);
    assertThat(gateway.metric("gateway_upstream_endpoint_drained")).isZero();
    assertThat(gateway.audit().awaitContaining("control-refused"))
        .contains("CN=reader", "\"path\":\"/drain\"", "\"reason\":\"role\"");
    assertThat(status("admin.control", operator, "POST", drain)).isEqualTo(200);
    assertThat(status("admin.control", operator, "GET", "/")).isEqualTo(200);
    assertThat(gateway.audit().awaitContaining("control-used"))
        .contains("\"operator\":\"CN=operator,O=Sallyport development sha256:");
    assertThat(status("admin.control", user("nobody"), "GET", "/status")).isEqualTo(403);
    assertThat(status("admin.control", operator, "GET", "/metrics")).isEqualTo(404);
    assertThat(gateway.metric("gateway_tls_handshakes_total", "listener=\"admin.control\""))
        .isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource({"handshake, 0", "403, 403"})
  void aClientWithoutAGoodCertificateIsRefused(String how, int status) {
    start(mutual(roles()).replace("mode = required", "mode = required, refuse-with = " + how));
    Identity stranger =
        TestPki.STRANGERS.issue(CertificateRequest.of("operator").usage(CLIENT_AUTH));
    for (Identity who : new Identity[] {null, stranger}) {
      assertThat(status("admin.control", who, "GET", "/status")).isEqualTo(status);
      assertThat(status("admin.control", who, "POST", "/undrain")).isEqualTo(status);
    }
    assertThat(status("admin.control", operator, "POST", "/undrain")).isEqualTo(200);
  }

  /** Returns a file in which both parts have addresses of their own. */
  private static String apart(String control) {
    return Setup.to("127.0.0.1:1")
        .gateway(control)
        .hocon()
        .replace("admin.bind", "admin.metrics.bind");
  }

  @Test
  void rolesAndTlsAreReloadedAndAConnectionEndsWithTheTlsThatItBeganWith() throws Exception {
    Path file = gateway.file("gateway.conf");
    Files.writeString(file, apart(mutual(roles())));
    gateway.startFrom(file);
    assertThat(status("admin.control", reader, "POST", "/undrain")).isEqualTo(403);
    Files.writeString(
        file,
        apart(
            mutual(
                "read = [ %s ], operate = [ %s, %s ]"
                    .formatted(name(reader), name(reader), name(operator)))));
    assertThat(status("admin.control", operator, "POST", "/reload")).isEqualTo(409);
    assertThat(status("admin.control", operator, "POST", "/reload?allow-weaken=she+is+on+call"))
        .isEqualTo(200);
    assertThat(status("admin.control", reader, "POST", "/undrain")).isEqualTo(200);
    RawClient open =
        gateway.closing(
            RawClient.tls(
                gateway.gateway().address("admin.control"),
                TestPki.context(reader, TestPki.FRONT),
                "localhost"));
    String keptAlive = "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assertThat(open.send(keptAlive).read().status()).isEqualTo(200);
    Files.writeString(
        file,
        Files.readString(file)
            .replace("trust = clients-ca.pem", "trust = clients-ca.pem, max-depth = 1"));
    assertThat(status("admin.control", operator, "POST", "/reload")).isEqualTo(200);
    open.send(keptAlive);
    assertThat(open.isClosedByPeer()).isTrue();
    assertThat(status("admin.control", reader, "GET", "/status")).isEqualTo(200);
  }

  @Test
  void metricsAreScrapedUnderTls() {
    start(
        "admin.metrics { bind = \"127.0.0.1:0\"\n%s }"
            .formatted(TLS.replace("required", "optional")));
    assertThat(status("admin.metrics", null, "GET", "/metrics")).isEqualTo(200);
    assertThat(status("admin.metrics", reader, "GET", "/healthz")).isEqualTo(200);
    assertThat(status("admin.metrics", operator, "POST", "/reload")).isEqualTo(404);
    assertThat(status("admin.metrics", null, "GET", "/status")).isEqualTo(404);
  }

  @Test
  void aNameOfAnotherSiteIsAnsweredNowhere() throws Exception {
    start(control());
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(socket()));
      Channels.newOutputStream(client)
          .write(
              request("POST", "/reload")
                  .replace("localhost", "evil.test")
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 421 ");
    }
  }
}
