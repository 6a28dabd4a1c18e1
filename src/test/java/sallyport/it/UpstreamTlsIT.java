package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.Nginx;
import sallyport.testkit.OpensslCa;
import sallyport.testkit.Origin;
import sallyport.testkit.PageCommands;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestNames;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;
import sallyport.tools.pki.KeyKind;

/** A backend that does not prove itself, or does not accept the gateway, gets nothing. */
class UpstreamTlsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static CertificateRequest backend() {
    return CertificateRequest.of("backend").dns("legacy.internal").usage(SERVER_AUTH);
  }

  private Origin impostor(Identity identity) {
    return gateway.origin(identity, TestPki.BACK, r -> r.reply(200, "leaked"));
  }

  /** The client gets a bare 502; the reason is counted and audited; no request got through. */
  private void assertRefused(Origin origin, String reason) throws IOException {
    gateway.start(origin);
    assertRefused(reason);
    assertThat(origin.requests()).isEmpty();
  }

  private void assertRefused(String reason) throws IOException {
    RawClient client = gateway.connect();
    client.send("POST /patient?id=7 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nsmith");
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(502);
    assertThat(response.body()).isEqualTo("502 Bad Gateway\n");
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains("\"backend\":\"app\"")
        .contains("\"reason\":\"" + reason + "\"")
        .doesNotContain("patient")
        .doesNotContain("smith");
    assertThat(gateway.access().awaitContaining("\"failure\":\"" + reason + "\""))
        .contains("\"status\":502");
    assertThat(gateway.metric("gateway_upstream_failures_total", "failure=\"" + reason + "\""))
        .isEqualTo(1);
  }

  @Test
  void aWrongNameIsRefused() throws IOException {
    assertRefused(
        impostor(
            TestPki.BACK.issue(
                CertificateRequest.of("legacy.internal").dns("other.internal").usage(SERVER_AUTH))),
        "tls_name_mismatch");
  }

  @Test
  void aCommonNameAloneIsNoName() throws IOException {
    assertRefused(
        impostor(TestPki.BACK.issue(CertificateRequest.of("legacy.internal").usage(SERVER_AUTH))),
        "tls_name_mismatch");
  }

  @Test
  void withoutAServerNameTheEndpointsAddressIsVerified() throws IOException {
    Identity byAddress =
        TestPki.BACK.issue(CertificateRequest.of("b").ip("127.0.0.1").usage(SERVER_AUTH));
    Origin origin = gateway.origin(byAddress, TestPki.BACK, r -> r.reply(200, "hello"));
    gateway.start(Setup.to(origin).upstreamTls("server-name = null"));
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("hello");
  }

  @Test
  void anAddressThatTheCertificateDoesNotNameIsRefused() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, "leaked"));
    gateway.start(Setup.to(origin).upstreamTls("server-name = null"));
    assertRefused("tls_name_mismatch");
    assertThat(origin.requests()).isEmpty();
  }

  /** An nginx with a certificate for this name, or its common name alone; it answers with SNI. */
  private String nginx(CertificateRequest certificate) throws IOException {
    TestPki.BACK
        .issue(certificate.usage(SERVER_AUTH))
        .write(gateway.file("named.pem"), gateway.file("named.key"));
    // Of two certificates with keys of one kind, OpenSSL takes the last.
    return gateway
        .closing(
            Nginx.start(
                gateway.file("nginx"),
                "",
                "ssl_certificate %1$s/named.pem; ssl_certificate_key %1$s/named.key;"
                        .formatted(gateway.folder())
                    + " ssl_client_certificate ca.pem; ssl_verify_client on;",
                "location / { return 200 $ssl_server_name; }"))
        .address();
  }

  private static CertificateRequest named(String... names) {
    return CertificateRequest.of("my_backend").dns(names);
  }

  /** As nginx and curl do it: OpenSSL knows no rules for names. */
  @ParameterizedTest
  @CsvSource({
    "my_backend,my_backend,my_backend",
    "my_backend.clinic.test,my_backend.clinic.test,my_backend.clinic.test",
    "My_Backend,my_backend,My_Backend",
    "backend,backend,backend",
    "legacy.internal.,legacy.internal,legacy.internal",
    "legacy.internal.,*.internal,legacy.internal",
    "legacy.internal,legacy.internal,legacy.internal"
  })
  void aBackendIsVerifiedByItsNameAndToldIt(String name, String certificate, String sni)
      throws Exception {
    gateway.start(
        Setup.to(nginx(named(certificate))).upstreamTls("server-name = \"" + name + "\""));
    assertThat(gateway.connect().get("/").read().body()).isEqualTo(sni);
  }

  @ParameterizedTest
  @ValueSource(strings = {"my_endpoint", "endpoint.internal."})
  void anEndpointsNameIsVerifiedAsWell(String name) throws Exception {
    TestNames.define(name, "127.0.0.1");
    String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    gateway.start(
        Setup.to(nginx(named(plain)).replace("127.0.0.1", name))
            .upstreamTls("server-name = null")
            .gateway("dns.resolver = system"));
    assertThat(gateway.connect().get("/").read().body()).isEqualTo(plain);
  }

  @ParameterizedTest
  @CsvSource({
    "my_backend,other_backend",
    "my_backend,legacy.internal",
    "my_backend.clinic.test,*.clinic.test",
    "backend,my_backend"
  })
  void anotherNameThanTheBackendsIsRefused(String name, String certificate) throws IOException {
    gateway.start(
        Setup.to(nginx(named(certificate))).upstreamTls("server-name = \"" + name + "\""));
    assertRefused("tls_name_mismatch");
  }

  @Test
  void aCommonNameWithAnUnderscoreIsNoName() throws IOException {
    gateway.start(Setup.to(nginx(named())).upstreamTls("server-name = my_backend"));
    assertRefused("tls_name_mismatch");
  }

  /** Java refuses SNI with an underscore: such a backend is asked for by another name. */
  @Test
  void aBackendInJavaIsAskedForByAnotherNameAndVerifiedByItsOwn() throws IOException {
    Origin origin =
        gateway.origin(
            TestPki.BACK.issue(named("my_backend").usage(SERVER_AUTH)),
            TestPki.BACK,
            r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin).upstreamTls("server-name = backend, verify-san = [ \"dns:my_backend\" ]"));
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("hello");
  }

  @Test
  void anUnknownAuthorityIsRefused() throws IOException {
    assertRefused(impostor(TestPki.STRANGERS.issue(backend())), "tls_untrusted");
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains(
            "it was issued by CN=strangers,O=Sallyport development, which is not trusted, and came"
                + " without a chain; trusted: CN=back,O=Sallyport development\"");
  }

  @Test
  void anotherAuthorityOfTheSameNameIsRefused() throws IOException {
    assertRefused(impostor(CertificateAuthority.create("back").issue(backend())), "tls_untrusted");
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains("CN=back,O=Sallyport development, but not by the key that is trusted by");
  }

  @Test
  void aBackendThatVouchesForItselfIsRefused() throws Exception {
    PageCommands.run(
        gateway.folder(),
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout self.key -out"
            + " self.pem -days 9 -subj /CN=self -addext subjectAltName=DNS:legacy.internal -addext"
            + " extendedKeyUsage=serverAuth && openssl pkcs12 -export -in self.pem -inkey self.key"
            + " -name self -out self.p12 -passout pass:self");
    char[] password = "self".toCharArray();
    KeyStore store = KeyStore.getInstance(gateway.file("self.p12").toFile(), password);
    assertRefused(
        impostor(
            new Identity(
                (PrivateKey) store.getKey("self", password),
                List.of((X509Certificate) store.getCertificate("self")))),
        "tls_untrusted");
  }

  @Test
  void anExpiredCertificateIsRefused() throws IOException {
    Instant now = Instant.now();
    assertRefused(
        impostor(
            TestPki.BACK.issue(
                backend().valid(now.minus(Duration.ofDays(9)), now.minusSeconds(60)))),
        "tls_expired");
  }

  @Test
  void aCertificateThatIsNotYetValidIsRefused() throws IOException {
    Instant now = Instant.now();
    assertRefused(
        impostor(
            TestPki.BACK.issue(
                backend().valid(now.plusSeconds(3600), now.plus(Duration.ofDays(9))))),
        "tls_expired");
  }

  @Test
  void aWeakKeyIsRefused() throws IOException {
    assertRefused(impostor(TestPki.BACK.issue(backend().key(KeyKind.RSA_1024))), "tls_weak_key");
  }

  @Test
  void aWeakKeyBetweenItAndItsAuthorityIsRefused() throws IOException {
    assertRefused(
        impostor(TestPki.BACK.intermediate("between", KeyKind.RSA_1024).issue(backend())),
        "tls_weak_key");
  }

  /** RFC 8446 section 4.4.2.2: the key signs the handshake. */
  @Test
  void aCertificateThatMayNotSignIsRefused() throws Exception {
    OpensslCa ca = OpensslCa.create(gateway.file("ca"), "backends");
    Identity identity =
        ca.issue(
            "backend",
            "keyUsage = critical, keyAgreement",
            "extendedKeyUsage = serverAuth",
            "subjectAltName = DNS:legacy.internal");
    Files.copy(
        ca.certificate(), gateway.file("backend-ca.pem"), StandardCopyOption.REPLACE_EXISTING);
    assertRefused(impostor(identity), "tls_untrusted");
    assertThat(gateway.audit().awaitContaining("backend-refused")).contains("digitalSignature");
  }

  @Test
  void aCertificateForClientsIsNoneForABackend() throws IOException {
    assertRefused(
        impostor(
            TestPki.BACK.issue(
                CertificateRequest.of("b").dns("legacy.internal").usage(CLIENT_AUTH))),
        "tls_untrusted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aBackendThatRefusesOurCertificateGetsNothing(String version) throws IOException {
    // Of the same name, as an authority that was made anew.
    CertificateAuthority namesake = CertificateAuthority.create("back");
    assertRefused(
        gateway.closing(
            Origin.start(TestPki.BACKEND, namesake, r -> r.reply(200, "leaked"), version)),
        "tls_identity_refused");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aBackendThatWantsAnotherAuthoritysCertificateGetsNothing(String version) throws IOException {
    assertRefused(
        gateway.closing(
            Origin.start(TestPki.BACKEND, TestPki.STRANGERS, r -> r.reply(200, "leaked"), version)),
        "tls_identity_refused");
  }

  @Test
  void aBackendThatDoesNotSpeakTlsGetsNothing() throws Exception {
    try (ServerSocket plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      var seen =
          CompletableFuture.supplyAsync(
              () -> {
                try (Socket socket = plain.accept()) {
                  byte[] first = socket.getInputStream().readNBytes(5);
                  socket
                      .getOutputStream()
                      .write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                  socket.getOutputStream().flush();
                  byte[] rest = socket.getInputStream().readAllBytes();
                  return new String(first, StandardCharsets.ISO_8859_1)
                      + new String(rest, StandardCharsets.ISO_8859_1);
                } catch (IOException e) {
                  return e.toString();
                }
              });
      gateway.start(Setup.to("127.0.0.1:" + plain.getLocalPort()));
      assertRefused("tls_handshake");
      assertThat(gateway.audit().awaitContaining("backend-refused"))
          .contains(
              "the backend answers in plain text, not in TLS; see docs/plain-http-backends.md");
      assertThat(seen.get(20, TimeUnit.SECONDS)).doesNotContain("patient").doesNotContain("smith");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aBackendThatProvesItselfIsShownOurCertificate(String version) throws IOException {
    Origin origin =
        gateway.closing(
            Origin.start(
                TestPki.BACKEND, TestPki.BACK, r -> r.reply(200, r.clientSubject()), version));
    gateway.start(origin);
    assertThat(gateway.connect().get("/").read().body()).startsWith("CN=gateway");
    assertThat(gateway.metric("gateway_upstream_handshakes_total", "version=\"" + version + "\""))
        .isEqualTo(1);
  }

  @Test
  void theNextEndpointServesWhenTheFirstIsAnImpostor() throws IOException {
    Origin impostor = impostor(TestPki.STRANGERS.issue(backend()));
    Origin genuine = gateway.origin(r -> r.answer(200, r.body()));
    gateway.start(Setup.to(impostor, genuine));
    for (int i = 0; i < 4; i++) {
      RawClient client = gateway.connect();
      client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
      assertThat(client.read().body()).isEqualTo("abc");
    }
    assertThat(impostor.requests()).isEmpty();
  }

  @Test
  void anIntermediateOfTheBackendIsFollowedUpToTheRoot() throws IOException {
    Identity below = TestPki.BACK.intermediate("between", KeyKind.EC_P256).issue(backend());
    gateway.start(gateway.origin(below, TestPki.BACK, r -> r.reply(200, "hello")));
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("hello");
  }

  @Test
  void ourOwnExpiredIdentityStopsTheStart() throws IOException {
    Instant now = Instant.now();
    TestPki.BACK
        .issue(
            CertificateRequest.of("gateway")
                .usage(CLIENT_AUTH)
                .valid(now.minus(Duration.ofDays(9)), now.minusSeconds(60)))
        .write(gateway.file("old.pem"), gateway.file("old.key"));
    Files.copy(
        gateway.file("old.pem"), gateway.file("client.pem"), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(
        gateway.file("old.key"), gateway.file("client.key"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(catchThrowable(() -> gateway.start(Setup.to("127.0.0.1:1"))))
        .hasMessageContaining("backends.app.tls.certificate.chain")
        .hasMessageContaining("expired");
  }

  // ---- names in place of the host's

  private void assertServed(Identity identity, String more) throws IOException {
    Origin origin = gateway.origin(identity, TestPki.BACK, r -> r.reply(200, "hello"));
    gateway.start(Setup.to(origin).upstreamTls(more));
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("hello");
  }

  private void assertRefused(Identity identity, String more, String reason) throws IOException {
    Origin origin = impostor(identity);
    gateway.start(Setup.to(origin).upstreamTls(more));
    assertRefused(reason);
    assertThat(origin.requests()).isEmpty();
  }

  private static CertificateRequest many() {
    return CertificateRequest.of("b")
        .dns("lab.internal")
        .uri("spiffe://clinic.test/lab")
        .ip("fd00::7")
        .usage(SERVER_AUTH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dns:LAB.internal",
        "uri:spiffe://clinic.test/lab",
        "ip:fd00:0:0:0:0:0:0:7",
        "dns:other.internal\", \"uri:spiffe://clinic.test/lab"
      })
  void aBackendWithOneOfTheNamesIsServedWhateverItsHostIs(String name) throws IOException {
    assertServed(TestPki.BACK.issue(many()), "verify-san = [ \"" + name + "\" ]");
  }

  @Test
  void aNameThatIsOnlyAUriIsEnough() throws IOException {
    assertServed(
        TestPki.BACK.issue(
            CertificateRequest.of("b").uri("spiffe://clinic.test/lab").usage(SERVER_AUTH)),
        "verify-san = [ \"uri:spiffe://clinic.test/lab\" ]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // The host's name, which the certificate has, is not asked for.
        "dns:legacy",
        "dns:internal",
        "uri:spiffe://clinic.test/LAB",
        "uri:spiffe://clinic.test/lab/",
        "uri:spiffe://clinic.test",
        "ip:127.0.0.1"
      })
  void aBackendWithNoneOfTheNamesIsRefused(String name) throws IOException {
    assertRefused(
        TestPki.BACK.issue(many().dns("legacy.internal")),
        "verify-san = [ \"" + name + "\" ]",
        "tls_name_mismatch");
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains("none of its names is in verify-san");
  }

  @Test
  void aWildcardIsNoExactName() throws IOException {
    assertRefused(
        TestPki.BACK.issue(CertificateRequest.of("b").dns("*.internal").usage(SERVER_AUTH)),
        "verify-san = [ \"dns:legacy.internal\" ]",
        "tls_name_mismatch");
  }

  @Test
  void aRightNameOfAStrangerIsRefused() throws IOException {
    assertRefused(
        TestPki.STRANGERS.issue(many()), "verify-san = [ \"dns:lab.internal\" ]", "tls_untrusted");
  }

  @Test
  void aRightNameThatHasExpiredIsRefused() throws IOException {
    Instant now = Instant.now();
    assertRefused(
        TestPki.BACK.issue(many().valid(now.minus(Duration.ofDays(9)), now.minusSeconds(60))),
        "verify-san = [ \"dns:lab.internal\" ]",
        "tls_expired");
  }

  // ---- pins

  /** As the documentation says it, by openssl. */
  private String pin(X509Certificate certificate) throws Exception {
    Identity.writeCertificates(gateway.file("backend.pem"), List.of(certificate));
    return "sha256/"
        + PageCommands.run(
                gateway.folder(), PageCommands.of("tls.md", "openssl x509 -in backend").getFirst())
            .strip();
  }

  private static final String SPARE = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

  private static String pins(String... pins) {
    return "pins = [ \"" + String.join("\", \"", pins) + "\" ]";
  }

  @Test
  void aBackendWhoseKeyIsPinnedIsServed() throws Exception {
    assertServed(TestPki.BACKEND, pins(SPARE, pin(TestPki.BACKEND.certificate())));
  }

  @Test
  void theKeyOfTheAuthorityMayBePinnedThoughItIsNotSent() throws Exception {
    assertServed(TestPki.BACKEND, pins(SPARE, pin(TestPki.BACK.certificate())));
  }

  @Test
  void theKeyOfWhatIsBetweenMayBePinned() throws Exception {
    CertificateAuthority between = TestPki.BACK.intermediate("between", KeyKind.EC_P256);
    assertServed(between.issue(backend()), pins(SPARE, pin(between.certificate())));
  }

  @Test
  void aBackendWithoutAPinnedKeyIsRefused() throws Exception {
    assertRefused(
        TestPki.BACK.issue(backend()),
        pins(SPARE, pin(TestPki.BACKEND.certificate())),
        "tls_pin_mismatch");
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains("no key of its chain is pinned; those are sha256/")
        .contains(pin(TestPki.BACK.certificate()));
  }

  @Test
  void onePinAloneIsWarnedOf() throws Exception {
    try (LogLines log = new LogLines("sallyport.tls.upstream.UpstreamOpener")) {
      assertServed(TestPki.BACKEND, pins(pin(TestPki.BACKEND.certificate())));
      assertThat(log.awaitContaining("only one pin"))
          .matches("configuration:\\d+: backends\\.app\\.tls\\.pins: .*");
    }
  }
}
