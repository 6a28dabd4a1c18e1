package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Setup;
import sallyport.testkit.TestClock;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;
import sallyport.tools.pki.KeyKind;

/** Certificates and keys that the gateway does not start with, and the line that says why. */
@OneLane("Keys are opened before any event loop has a connection.")
class CertificateChecksIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private List<String> problems() {
    return gateway.problem(Setup.to("127.0.0.1:1").hocon()).problems();
  }

  private void server(CertificateAuthority authority, CertificateRequest request)
      throws IOException {
    authority.issue(request).write(gateway.file("server.pem"), gateway.file("server.key"));
  }

  private static CertificateRequest sound() {
    return CertificateRequest.of("server").dns("localhost").usage(Usage.SERVER_AUTH);
  }

  private void assertServerRefused(String text) {
    assertThat(problems())
        .singleElement()
        .asString()
        .matches("configuration:\\d+: listeners\\.https\\.tls\\.certificates\\[0]\\.\\w+: .*")
        .contains(text);
  }

  @Test
  void aWeakKey() throws IOException {
    server(TestPki.FRONT, sound().key(KeyKind.RSA_1024));
    assertServerRefused("has a key of RSA 1024, weaker than RSA 2048 or EC P-256");
  }

  @Test
  void aWeakKeyFurtherUpTheChain() throws IOException {
    server(TestPki.FRONT.intermediate("weak", KeyKind.RSA_1024), sound());
    assertServerRefused("certificate 2 of the chain has a key of RSA 1024");
  }

  @Test
  void anExpiredCertificate() throws IOException {
    server(
        TestPki.FRONT,
        sound()
            .valid(
                Instant.now().minus(2, ChronoUnit.DAYS), Instant.now().minus(1, ChronoUnit.DAYS)));
    assertServerRefused("the certificate expired at ");
  }

  @Test
  void aCertificateOfTomorrow() throws IOException {
    server(
        TestPki.FRONT,
        sound()
            .valid(Instant.now().plus(1, ChronoUnit.DAYS), Instant.now().plus(2, ChronoUnit.DAYS)));
    assertServerRefused("is not valid before ");
  }

  @Test
  void aSignatureWithSha1() throws IOException {
    server(TestPki.FRONT, sound().hash("SHA1"));
    assertServerRefused("SHA-256 or better is needed");
  }

  @Test
  void aKindOfKeyThatIsNotSupported() throws IOException {
    server(TestPki.FRONT, sound().key(KeyKind.ED25519));
    assertServerRefused("use EC P-256, EC P-384 or RSA");
  }

  /** BoringSSL has no signature scheme for the type id-RSASSA-PSS: nobody would be served. */
  @Test
  void aKeyThatIsLimitedToPss() throws Exception {
    pss("server", "serverAuth");
    assertServerRefused("is RSASSA-PSS 2048; the TLS library cannot sign with");
  }

  @Test
  void aKeyForBackendsThatIsLimitedToPss() throws Exception {
    pss("client", "clientAuth");
    assertThat(problems())
        .singleElement()
        .asString()
        .contains("backends.app.tls.certificate.chain")
        .contains("is RSASSA-PSS 2048; the TLS library cannot sign with");
  }

  @Test
  void aKeyThatIsLimitedToPssBehindACertificateThatIsNot() throws Exception {
    pss("server", "serverAuth");
    server(TestPki.FRONT, sound().key(KeyKind.RSA_2048));
    PageCommands.run(gateway.folder(), "mv pss.key server.key");
    assertServerRefused("the key does not fit the certificate: it is of type RSASSA-PSS");
  }

  private void pss(String name, String usage) throws Exception {
    PageCommands.run(
        gateway.folder(),
        "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.key && cp pss.key "
            + name
            + ".key && openssl req -x509 -key pss.key -out "
            + name
            + ".pem -days 9 -subj /CN=x -addext subjectAltName=DNS:localhost"
            + " -addext extendedKeyUsage="
            + usage);
  }

  @Test
  void aKeyThatDoesNotFit() throws IOException {
    TestPki.FRONT.issue(sound()).writeKey(gateway.file("server.key"));
    assertServerRefused("the key does not fit the certificate");
  }

  @Test
  void aServerCertificateWithoutServerAuth() throws IOException {
    server(TestPki.FRONT, CertificateRequest.of("x").dns("localhost").usage(Usage.CLIENT_AUTH));
    assertServerRefused("lacks the extended key usage serverAuth");
  }

  @Test
  void aCertificateThatMayNotSign() throws Exception {
    PageCommands.run(
        gateway.folder(),
        "openssl req -x509 -key server.key -out server.pem -days 9 -subj /CN=x -addext"
            + " subjectAltName=DNS:localhost -addext extendedKeyUsage=serverAuth -addext"
            + " keyUsage=keyEncipherment");
    assertServerRefused("key usage lacks digitalSignature, which TLS needs");
  }

  @Test
  void aServerCertificateWithoutAName() throws IOException {
    server(TestPki.FRONT, CertificateRequest.of("x").usage(Usage.SERVER_AUTH));
    assertServerRefused("has no subject alternative name");
  }

  @Test
  void aChainOutOfOrder() throws IOException {
    Identity identity = TestPki.FRONT.issue(sound());
    Identity.writeCertificates(
        gateway.file("server.pem"),
        List.of(identity.certificate(), TestPki.STRANGERS.certificate()));
    identity.writeKey(gateway.file("server.key"));
    assertServerRefused("certificate 2 of the chain did not issue the one before it");
  }

  @Test
  void aFileThatIsNoKeyIsNotQuoted() throws IOException {
    Files.writeString(
        gateway.file("server.key"),
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
    assertServerRefused("is not a PEM file with a private key");
    assertThat(String.join("", problems())).doesNotContain("c2VjcmV0").doesNotContain("secret");
  }

  @Test
  void aClientIdentityWithoutClientAuth() throws IOException {
    TestPki.BACK
        .issue(CertificateRequest.of("x").usage(Usage.SERVER_AUTH))
        .write(gateway.file("client.pem"), gateway.file("client.key"));
    assertThat(problems())
        .singleElement()
        .asString()
        .contains("backends.app.tls.certificate.chain")
        .contains("public authorities no longer issue it");
  }

  /** RFC 5280 section 4.2.1.12: without the extension the key is for whatever it is used for. */
  @Test
  void aClientIdentityWithoutExtendedKeyUsageIsNotLimited() throws IOException {
    TestPki.BACK
        .issue(CertificateRequest.of("x"))
        .write(gateway.file("client.pem"), gateway.file("client.key"));
    gateway.start(gateway.origin(r -> r.reply(200, "hello")));
    assertThat(gateway.statusOf((Identity) null)).isEqualTo(200);
  }

  @Test
  void aTrustFileWithoutAnAuthority() throws IOException {
    Identity.writeCertificates(gateway.file("backend-ca.pem"), TestPki.CLIENT.chain());
    assertThat(problems())
        .singleElement()
        .asString()
        .contains("backends.app.tls.trust")
        .contains("is not a certificate authority");
  }

  @Test
  void aTrustFileWithAWeakAuthority() throws IOException {
    TestPki.trust(
        gateway.file("backend-ca.pem"), CertificateAuthority.create("weak", KeyKind.RSA_1024));
    assertThat(problems())
        .singleElement()
        .asString()
        .contains("backends.app.tls.trust: CN=weak", "has a key of RSA 1024, weaker than RSA 2048");
  }

  /** All that the tests use have by then; it is said of each. */
  @Test
  void aTrustFileWithAnAuthorityThatHasExpired() {
    TestClock later = new TestClock(Instant.now().plus(11 * 365, ChronoUnit.DAYS));
    assertThatThrownBy(() -> gateway.startWith(Setup.to("127.0.0.1:1").hocon(), later))
        .hasMessageContaining(
            "backends.app.tls.trust: CN=back,O=Sallyport development expired at ");
  }

  @Test
  void everythingIsSaidAtOnce() throws IOException {
    server(TestPki.FRONT, CertificateRequest.of("x").key(KeyKind.RSA_1024));
    Files.writeString(gateway.file("backend-ca.pem"), "");
    assertThat(problems()).hasSize(4);
  }

  @Test
  void openingAKeyIsAudited() {
    gateway.start(Setup.to("127.0.0.1:1"));
    assertThat(gateway.audit().awaitContaining("\"use\":\"server\""))
        .contains("key-opened", "\"algorithm\":\"EC P-256\"", "\"fingerprint\":\"");
    gateway.audit().awaitContaining("\"use\":\"client\"");
  }
}
