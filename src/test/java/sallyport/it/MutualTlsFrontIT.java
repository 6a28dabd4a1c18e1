package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Curl;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.PageCommands;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;
import sallyport.tools.pki.KeyKind;

/** Client certificates in front, in every combination, and what they have to do with names. */
class MutualTlsFrontIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** What a client shows. */
  enum Shown {
    NOTHING,
    GOOD,
    OF_A_STRANGER,
    EXPIRED,
    NOT_YET_VALID,
    FOR_SERVERS,
    WEAK,
    BELOW_A_WEAK_AUTHORITY;

    @Nullable Identity identity() {
      CertificateRequest user = CertificateRequest.of("user").usage(CLIENT_AUTH);
      Instant now = Instant.now();
      return switch (this) {
        case NOTHING -> null;
        case GOOD -> TestPki.USER;
        // Of the same name, so that the client shows it although it was asked for another.
        case OF_A_STRANGER -> sallyport.tools.pki.CertificateAuthority.create("users").issue(user);
        case EXPIRED ->
            TestPki.USERS.issue(user.valid(now.minus(Duration.ofDays(9)), now.minusSeconds(60)));
        case NOT_YET_VALID ->
            TestPki.USERS.issue(user.valid(now.plusSeconds(3600), now.plus(Duration.ofDays(9))));
        case WEAK -> TestPki.USERS.issue(user.key(KeyKind.RSA_1024));
        case BELOW_A_WEAK_AUTHORITY ->
            TestPki.USERS.intermediate("between", KeyKind.RSA_1024).issue(user);
        case FOR_SERVERS -> TestPki.USERS.issue(CertificateRequest.of("user").usage(SERVER_AUTH));
      };
    }
  }

  static Stream<Arguments> refused() {
    return Stream.of("TLSv1.2", "TLSv1.3")
        .flatMap(
            version ->
                Stream.of(
                    Arguments.of("required", Shown.NOTHING, version, "client_certificate_missing"),
                    Arguments.of("required", Shown.OF_A_STRANGER, version, REFUSED),
                    Arguments.of("required", Shown.EXPIRED, version, REFUSED),
                    Arguments.of("required", Shown.FOR_SERVERS, version, REFUSED),
                    Arguments.of("optional", Shown.OF_A_STRANGER, version, REFUSED),
                    Arguments.of("optional", Shown.EXPIRED, version, REFUSED),
                    Arguments.of("optional", Shown.FOR_SERVERS, version, REFUSED)));
  }

  private static final String REFUSED = "client_certificate_refused";

  private Origin start(String mode) {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin).tls("client-auth { mode = " + mode + ", trust = clients-ca.pem }"));
    return origin;
  }

  private int statusOf(Shown shown, String version) throws IOException {
    return gateway.statusOf(shown.identity(), version);
  }

  @ParameterizedTest
  @CsvSource({
    "none,NOTHING,TLSv1.2",
    "none,GOOD,TLSv1.3",
    "none,OF_A_STRANGER,TLSv1.3",
    "optional,NOTHING,TLSv1.2",
    "optional,NOTHING,TLSv1.3",
    "optional,GOOD,TLSv1.2",
    "optional,GOOD,TLSv1.3",
    "required,GOOD,TLSv1.2",
    "required,GOOD,TLSv1.3"
  })
  void aClientThatShowsWhatIsAskedForIsServed(String mode, Shown shown, String version)
      throws IOException {
    start(mode);
    assertThat(statusOf(shown, version)).isEqualTo(200);
  }

  @ParameterizedTest
  @MethodSource("refused")
  void aClientThatDoesNotProveItselfIsRefused(
      String mode, Shown shown, String version, String reason) throws IOException {
    Origin origin = start(mode);
    assertThat(statusOf(shown, version)).isZero();
    assertThat(gateway.assertHandshakeRefused(reason)).contains("\"listener\":\"https\"");
    assertThat(origin.requests()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "OF_A_STRANGER,but not by the key that is trusted by this name",
    "EXPIRED,'expired, NotAfter'",
    "NOT_YET_VALID,'not yet valid, NotBefore'",
    "FOR_SERVERS,Extended key usage does not permit use for TLS client authentication",
    "WEAK,'a certificate of the peer has a key of RSA 1024, weaker than RSA 2048'",
    "BELOW_A_WEAK_AUTHORITY,a certificate of the peer has a key of RSA 1024"
  })
  void aRefusalSaysWhy(Shown shown, String why) throws IOException {
    Origin origin = start("optional");
    assertThat(statusOf(shown, "TLSv1.3")).isZero();
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("\"reason\":\"client_certificate_refused\"", why);
    assertThat(origin.requests()).isEmpty();
  }

  /** Made by openssl and shown by curl, which shows what it has whoever was asked for. */
  @Test
  void aCertificateThatVouchesForItselfIsRefused() throws Exception {
    Origin origin = start("required");
    PageCommands.run(
        gateway.folder(),
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout self.key"
            + " -out self.pem -days 9 -subj /CN=self -addext extendedKeyUsage=clientAuth");
    Curl.Result result =
        Curl.run(
            gateway.file("ca.pem"),
            "--cert",
            gateway.file("self.pem").toString(),
            "--key",
            gateway.file("self.key").toString(),
            gateway.uri("/").toString());
    assertThat(result.exit()).isNotZero();
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains(
            "\"reason\":\"client_certificate_refused\"",
            "it is self-signed, by CN=self; trusted: CN=users");
    assertThat(origin.requests()).isEmpty();
  }

  /** The JDK and curl show none of the kind; openssl can be made to. */
  @Test
  void aSignatureWithSha1IsRefused() throws Exception {
    Origin origin = start("required");
    TestPki.USERS
        .issue(CertificateRequest.of("user").usage(CLIENT_AUTH).hash("SHA1"))
        .write(gateway.file("sha1.pem"), gateway.file("sha1.key"));
    PageCommands.run(
        gateway.folder(),
        "openssl s_client -ign_eof -connect localhost:"
            + gateway.https().getPort()
            + " -servername localhost -cipher DEFAULT@SECLEVEL=0 -cert sha1.pem -key sha1.key"
            + " || true");
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("a certificate of the peer is signed with SHA1withECDSA; SHA-256 or better");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aResumedSessionNeedsNoSecondProof() throws IOException {
    start("required");
    var context = TestPki.context(TestPki.USER, TestPki.FRONT);
    for (int i = 0; i < 2; i++) {
      assertThat(gateway.statusOf(context)).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "none,localhost,gateway.test,200",
    "optional,localhost,gateway.test,421",
    "required,localhost,gateway.test,421",
    "optional,gateway.test,gateway.test,200",
    "optional,gateway.test,gateway.test.,200",
    "required,gateway.test,Gateway.Test.:443,200",
    "required,gateway.test,localhost.,421",
    "required,gateway.test,GATEWAY.test:8443,200",
    "required,gateway.test,gateway.test:,200",
    "required,gateway.test,gateway.test:443,200",
    "required,gateway.test,gateway.test.,200",
    "required,localhost,gateway.test:,421"
  })
  void whereCertificatesAreInPlayTheHostMustBeTheNameOfTheHandshake(
      String mode, String serverName, String host, int status) throws IOException {
    start(mode);
    RawClient client =
        gateway.closing(
            RawClient.tls(
                gateway.https(), TestPki.context(TestPki.USER, TestPki.FRONT), serverName));
    client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.all("strict-transport-security")).hasSize(1);
  }

  /**
   * Clients name none for an address; Java's do not for a name of one label or with underscores.
   */
  @ParameterizedTest
  @CsvSource({
    "optional,127.0.0.1",
    "required,127.0.0.1",
    "required,localhost",
    "required,my_gateway.test",
    "required,gateway.test."
  })
  void aClientWithoutAServerNameIsServedForEachHost(String mode, String host) throws IOException {
    start(mode);
    RawClient client =
        gateway.closing(
            RawClient.tls(gateway.https(), TestPki.context(TestPki.USER, TestPki.FRONT), null));
    client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    assertThat(client.read().status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1"})
  void theClientOfTheJdkIsServed(String host) throws Exception {
    start("required");
    try (HttpClient client =
        HttpClient.newBuilder().sslContext(TestPki.context(TestPki.USER, TestPki.FRONT)).build()) {
      URI uri = URI.create("https://%s:%d/".formatted(host, gateway.https().getPort()));
      assertThat(
              client
                  .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                  .statusCode())
          .isEqualTo(200);
    }
  }

  /** What a route demands is asked of each request, whatever name the handshake had. */
  @Test
  void aClientWithoutAServerNameMeetsTheDemandsOfTheRoute() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { mode = optional, trust = clients-ca.pem }")
            .routes(
                "{ backend = app }, { backend = app, host = gateway.test, client-auth = required }"));
    RawClient client =
        gateway.closing(RawClient.tls(gateway.https(), TestPki.context(null, TestPki.FRONT), null));
    client.send("GET / HTTP/1.1\r\nHost: gateway.test.\r\n\r\n");
    assertThat(client.read().status()).isEqualTo(403);
    assertThat(client.get("/").read().status()).isEqualTo(200);
    assertThat(origin.requests()).hasSize(1);
  }

  @Test
  void whereCertificatesAreInPlayTheHostThatAnOldClientLeavesOutIsThatOfTheHandshake()
      throws IOException {
    start("required");
    RawClient client =
        gateway.closing(
            RawClient.tls(
                gateway.https(), TestPki.context(TestPki.USER, TestPki.FRONT), "gateway.test"));
    assertThat(client.send("GET / HTTP/1.0\r\n\r\n").read().status()).isEqualTo(200);
  }
}
