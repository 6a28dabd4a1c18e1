package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.PeerCertificate;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.PageCommands;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestClock;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.KeyKind;

/** Backends that speak the TLS of another time: an nginx that is told to. */
class OldBackendsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static LocalDate today() {
    return LocalDate.now(ZoneOffset.UTC);
  }

  private static String exception(String allow, LocalDate expires) {
    return "exception { allow = [ %s ], reason = \"no update\", owner = \"pacs team\", expires = %s }"
        .formatted(allow, expires);
  }

  private static String pin() {
    return pin(PeerCertificate.pin(TestPki.BACK.certificate()));
  }

  private static String pin(String of) {
    return "pins = [ \"" + of + "\" ]\n";
  }

  private static CertificateRequest backend() {
    return CertificateRequest.of("old").dns("legacy.internal").usage(SERVER_AUTH);
  }

  /** Starts one with a certificate of the backends' authority. */
  private Nginx old(CertificateRequest certificate, String protocols, String ciphers)
      throws IOException {
    TestPki.BACK.issue(certificate).write(gateway.file("old.pem"), gateway.file("old.key"));
    return nginx(protocols, ciphers);
  }

  /** Starts one with {@code old.pem} and {@code old.key}. */
  private Nginx nginx(String protocols, String ciphers) throws IOException {
    TestPki.trust(gateway.file("back.pem"), TestPki.BACK);
    return gateway.closing(
        Nginx.serve(
            gateway.file("nginx"),
            """
            listen 127.0.0.1:PORT ssl;
            ssl_certificate %1$s/old.pem;
            ssl_certificate_key %1$s/old.key;
            ssl_client_certificate %1$s/back.pem;
            ssl_verify_client on;
            ssl_protocols %2$s;
            ssl_ciphers %3$s:@SECLEVEL=0;
            location / { return 200 "$ssl_protocol $ssl_cipher"; }
            """
                .formatted(gateway.folder(), protocols, ciphers)));
  }

  private void start(Nginx backend, String tls) {
    gateway.start(Setup.to(backend.address()).upstreamTls(tls));
  }

  private String served() throws IOException {
    RawClient.Response response = gateway.connect().get("/").read();
    assertThat(response.status()).isEqualTo(200);
    return response.body();
  }

  private void assertRefused(String... failures) throws IOException {
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(502);
    assertThat(gateway.access().awaitContaining("\"status\":502"))
        .containsAnyOf(
            List.of(failures).stream()
                .map(failure -> "\"failure\":\"" + failure + "\"")
                .toArray(String[]::new));
  }

  private double used(String allowance) {
    return gateway.metric(
        "gateway_upstream_exception_uses_total",
        "backend=\"app\"",
        "allowance=\"" + allowance + "\"");
  }

  // ---- versions and suites

  @ParameterizedTest
  @CsvSource({
    "TLSv1, ECDHE-RSA-AES128-SHA, '\"tls1.0\", cbc'",
    "TLSv1.1, ECDHE-RSA-AES256-SHA, '\"tls1.1\", cbc'",
    "TLSv1.2, ECDHE-RSA-AES128-SHA, cbc"
  })
  void itIsServedWithWhatTheExceptionAllows(String version, String cipher, String allow)
      throws IOException {
    Nginx old = old(backend().key(KeyKind.RSA_2048), version, cipher);
    start(old, pin() + exception(allow, today().plusDays(100)));
    assertThat(served()).isEqualTo(version + " " + cipher);
    for (String each : allow.replace("\"", "").split(", ", -1)) {
      assertThat(used(each)).as(each).isEqualTo(1);
    }
    assertThat(gateway.metric("gateway_upstream_exception_days_left", "backend=\"app\""))
        .isBetween(99., 101.);
    assertThat(gateway.admin("/").body()).contains(" until " + today().plusDays(100));
  }

  /** DICOM's old profiles have such a suite. The authority of the tests issues for signatures. */
  @ParameterizedTest
  @CsvSource({
    "TLSv1, AES128-SHA, 'name, \"tls1.0\", cbc, rsa-key-exchange'",
    "TLSv1.2, AES128-GCM-SHA256, 'name, rsa-key-exchange'",
    "TLSv1.2, AES256-SHA, 'name, cbc, rsa-key-exchange'"
  })
  void keysAreExchangedByRsaWhereTheExceptionAllowsIt(String version, String cipher, String allow)
      throws Exception {
    String pin = selfSigned();
    start(
        nginx(version, cipher),
        "trust = old.pem\n" + pin(pin) + exception(allow, today().plusDays(100)));
    assertThat(served()).isEqualTo(version + " " + cipher);
    assertThat(used("rsa-key-exchange")).isEqualTo(1);
  }

  /** BoringSSL speaks all versions between two: TLS 1.1 is offered with 1.0, and refused. */
  @ParameterizedTest
  @CsvSource({
    "TLSv1.1, ECDHE-RSA-AES128-SHA, '\"tls1.0\", cbc'",
    "TLSv1, ECDHE-RSA-AES128-SHA, '\"tls1.1\", cbc'",
    "TLSv1, ECDHE-RSA-AES128-SHA, cbc",
    "TLSv1, AES128-SHA, '\"tls1.0\", cbc'",
    "TLSv1.2, ECDHE-RSA-AES128-SHA, rsa-key-exchange",
    "TLSv1.2, AES128-GCM-SHA256, cbc",
    "TLSv1.2, AES128-SHA, rsa-key-exchange",
    "TLSv1.2, ECDHE-RSA-AES128-SHA, 'sha1, rsa1024, name'"
  })
  void itIsRefusedWithWhatTheExceptionDoesNotAllow(String version, String cipher, String allow)
      throws IOException {
    Nginx old = old(backend().key(KeyKind.RSA_2048), version, cipher);
    start(old, pin() + exception(allow, today().plusDays(100)));
    assertRefused("tls_policy", "tls_handshake");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1", "TLSv1.1"})
  void itIsRefusedWithoutAnException(String version) throws IOException {
    start(old(backend().key(KeyKind.RSA_2048), version, "ALL"), "");
    assertRefused("tls_policy", "tls_handshake");
  }

  @Test
  void aBackendThatNeedsNoneOfItIsCountedSo() throws IOException {
    Nginx mended = old(backend(), "TLSv1.2 TLSv1.3", "ALL");
    start(mended, pin() + exception("\"tls1.0\", cbc", today().plusDays(100)));
    assertThat(served()).startsWith("TLSv1.3 ");
    assertThat(used("none")).isEqualTo(1);
  }

  // ---- certificates

  @Test
  void aKeyOfRsa1024NeedsItsOwnWord() throws IOException {
    Nginx old = old(backend().key(KeyKind.RSA_1024), "TLSv1.2", "ALL");
    start(old, pin() + exception("rsa1024", today().plusDays(1)));
    assertThat(served()).startsWith("TLSv1.2 ECDHE-RSA-AES");
    assertThat(used("rsa1024")).isEqualTo(1);
  }

  @Test
  void aKeyOfRsa1024IsRefusedWithTheOtherWords() throws IOException {
    Nginx old = old(backend().key(KeyKind.RSA_1024), "TLSv1.2", "ALL");
    start(old, pin() + exception("\"tls1.0\", cbc, sha1", today().plusDays(1)));
    assertRefused("tls_weak_key");
  }

  @Test
  void aCertificateThatIsSignedWithSha1NeedsItsOwnWord() throws IOException {
    Nginx old = old(backend().key(KeyKind.RSA_2048).hash("SHA1"), "TLSv1.2", "ALL");
    start(old, pin() + exception("sha1", today().plusDays(1)));
    assertThat(served()).startsWith("TLSv1.2 ");
    assertThat(used("sha1")).isEqualTo(1);
  }

  @Test
  void aCertificateThatIsSignedWithSha1IsRefusedWithTheOtherWords() throws IOException {
    Nginx old = old(backend().key(KeyKind.RSA_2048).hash("SHA1"), "TLSv1.2", "ALL");
    start(old, pin() + exception("rsa1024", today().plusDays(1)));
    assertRefused("tls_weak_key");
  }

  /** A certificate as such machines make it for themselves: a common name, and nothing else. */
  private String selfSigned() throws Exception {
    PageCommands.run(
        gateway.folder(),
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout old.key -out old.pem -days 30"
            + " -subj /CN=pacs -addext basicConstraints=CA:FALSE 2>&1");
    return PeerCertificate.pin(Certificates.readChain(gateway.file("old.pem")).getFirst());
  }

  @Test
  void aPinnedKeyStandsInPlaceOfTheName() throws Exception {
    String pin = selfSigned();
    start(
        nginx("TLSv1.2", "ALL"),
        "trust = old.pem\n" + pin(pin) + exception("name", today().plusDays(9)));
    assertThat(served()).startsWith("TLSv1.2 ");
    assertThat(used("name")).isEqualTo(1);
    assertThat(gateway.metric("gateway_tls_certificate_days_left", "use=\"trust\""))
        .isBetween(28., 31.);
  }

  @Test
  void anotherKeyIsRefusedThoughItsChainIsTrusted() throws Exception {
    String pin = selfSigned();
    Nginx other = old(backend().key(KeyKind.RSA_2048), "TLSv1.2", "ALL");
    start(other, pin(pin) + exception("name", today().plusDays(9)));
    assertRefused("tls_pin_mismatch");
  }

  // ---- its end

  @Test
  void nothingIsSentOnceItHasEnded() throws IOException {
    Nginx old = old(backend().key(KeyKind.RSA_2048), "TLSv1", "ALL");
    Instant end = today().plusDays(2).atStartOfDay(ZoneOffset.UTC).toInstant();
    TestClock clock = new TestClock(end.minus(Duration.ofHours(1)));
    gateway.startWith(
        Setup.to(old.address())
            .upstreamTls(pin() + exception("\"tls1.0\", cbc", today().plusDays(1)))
            .backend("pool.max-idle-per-loop = 0")
            .hocon(),
        clock);
    assertThat(served()).startsWith("TLSv1 ");
    assertThat(gateway.audit().awaitContaining("exception-ending"))
        .contains("\"backend\":\"app\"", "\"owner\":\"pacs team\"", "\"days_left\":0");
    clock.set(end);
    assertRefused("tls_exception_expired");
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains("tls_exception_expired", "the exception for cbc, tls1.0 ended with the day");
    assertThat(gateway.audit().awaitContaining("exception-ended"))
        .contains("\"days_left\":0", "\"allowed\":\"cbc tls1.0\"");
  }

  @Test
  void idleConnectionsAreClosedAtItsEnd() throws IOException {
    Nginx old = old(backend().key(KeyKind.RSA_2048), "TLSv1", "ALL");
    Instant end = today().plusDays(2).atStartOfDay(ZoneOffset.UTC).toInstant();
    gateway.startWith(
        Setup.to(old.address())
            .upstreamTls(pin() + exception("\"tls1.0\", cbc", today().plusDays(1)))
            .hocon(),
        new TestClock(end.minusSeconds(3)));
    assertThat(served()).startsWith("TLSv1 ");
    Eventually.equal(
        "open connections",
        0.,
        () -> gateway.metric("gateway_upstream_connections_active", "backend=\"app\""));
  }

  @Test
  void anExceptionThatHasEndedStartsNothing() {
    Setup setup =
        Setup.to("127.0.0.1:1").upstreamTls(pin() + exception("cbc", today().minusDays(1)));
    InvalidConfiguration said = gateway.problem(setup.hocon());
    assertThat(said.problems())
        .singleElement()
        .asString()
        .matches(
            "configuration:\\d+: backends\\.app\\.tls\\.exception\\.expires: ended with the day .*");
  }

  @Test
  void aReloadWithAnExceptionThatHasEndedIsRefused() throws IOException {
    Setup setup = Setup.to("127.0.0.1:1");
    Files.writeString(gateway.file("gateway.conf"), setup.hocon());
    gateway.startFrom(gateway.file("gateway.conf"));
    setup.upstreamTls(pin() + exception("cbc", today().minusDays(1)));
    Files.writeString(gateway.file("gateway.conf"), setup.hocon());
    assertThat(gateway.gateway().reload("test", "a reason")).isFalse();
    assertThat(gateway.audit().awaitContaining("config-refused"))
        .contains("backends.app.tls.exception.expires: ended with the day");
  }

  @Test
  void anExceptionForLongerThanAYearStartsNothing() {
    Setup setup =
        Setup.to("127.0.0.1:1").upstreamTls(pin() + exception("cbc", today().plusDays(370)));
    assertThat(gateway.problem(setup.hocon()).problems())
        .singleElement()
        .asString()
        .contains("exception.expires: must be at most a year from now, by ");
  }
}
