package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.OcspResponder;
import sallyport.testkit.OpensslCa;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Setup;
import sallyport.testkit.TestClock;
import sallyport.tools.pki.Identity;

/**
 * What issuers say of the gateway's certificates is shown to clients: as OpenSSL says and sees it.
 */
class StaplingIT {
  private static final String NOTHING = "OCSP response: no response sent";
  private static final String GOOD = "Cert Status: good";
  private static final String MUST_STAPLE = "tlsfeature = status_request";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();
  private final TestClock clock = new TestClock(Instant.now());
  private OpensslCa root;
  private OpensslCa ca;
  private LogLines log;

  @BeforeEach
  void authority() throws Exception {
    root = OpensslCa.create(gateway.file("root"), "root");
    ca = root.below(gateway.file("below"), "below");
    // Not before the authority is valid.
    clock.set(Instant.now());
    log = new LogLines("sallyport.credentials.revocation.ocsp.Staples");
  }

  @AfterEach
  void close() {
    log.close();
  }

  private Identity issue(OcspResponder responder, String... more) throws Exception {
    String[] extensions = java.util.Arrays.copyOf(more, more.length + 1);
    extensions[more.length] = responder.extension();
    return ca.issueServer("DNS:localhost", extensions);
  }

  private static Setup setup() {
    return Setup.to("127.0.0.1:1")
        .certificates("[ { chain = own.pem, key = own.key } ]")
        .gateway("keys.watch = 0s");
  }

  private void install(Identity identity) throws Exception {
    identity.write(gateway.file("own.pem"), gateway.file("own.key"));
  }

  private void start(Identity identity) throws Exception {
    install(identity);
    gateway.startWith(setup().hocon(), clock);
  }

  private void awaitGood() {
    log.awaitContaining("good until");
  }

  /** What OpenSSL's client says of a handshake in which it asks for the staple. */
  private String handshake(String more) throws Exception {
    return PageCommands.run(
        gateway.folder(),
        "openssl s_client -status -verify_return_error -CAfile root/ca.pem -connect 127.0.0.1:"
            + gateway.https().getPort()
            + " "
            + more);
  }

  private double answers(String outcome) {
    return gateway.metric("gateway_tls_stapling_answers_total", "outcome=\"" + outcome + "\"");
  }

  private OcspResponder responder() throws Exception {
    return gateway.closing(ca.respond());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void aClientThatAsksIsShownWhatTheIssuerSays(String version) throws Exception {
    Identity own = issue(responder());
    start(own);
    awaitGood();
    assertThat(handshake(version))
        .contains("OCSP Response Status: successful", GOOD)
        .contains("Serial Number: " + serial(own));
    assertThat(answers("good")).isEqualTo(1);
    assertThat(gateway.metric("gateway_tls_stapling_next_update_seconds")).isPositive();
  }

  private static String serial(Identity identity) {
    return identity.certificate().getSerialNumber().toString(16).toUpperCase(Locale.ROOT);
  }

  /** OpenSSL's own server, which has no other answer than an empty index gives. */
  @Test
  void aResponderThatIsOpensslThroughoutIsUnderstood() throws Exception {
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "exec openssl ocsp -index index.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -nmin 120"
                    + " -port 0")
            .directory(ca.folder().toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader out = process.inputReader(StandardCharsets.US_ASCII)) {
      // Such as "ACCEPT [::]:33321 PID=20386".
      String line = String.valueOf(out.readLine());
      String port = line.substring(line.lastIndexOf(':') + 1, line.lastIndexOf(' '));
      start(
          ca.issueServer(
              "DNS:localhost", "authorityInfoAccess = OCSP;URI:http://127.0.0.1:" + port));
      log.awaitContaining("its OCSP responder does not know the certificate");
      assertThat(answers("unknown")).isEqualTo(1);
      assertThat(handshake("")).contains(NOTHING);
    } finally {
      process.destroy();
      process.waitFor();
    }
  }

  @Test
  void aClientThatDoesNotAskIsShownNothing() throws Exception {
    start(issue(responder()));
    awaitGood();
    assertThat(
            PageCommands.run(
                gateway.folder(),
                "openssl s_client -msg -CAfile root/ca.pem -tls1_2 -connect 127.0.0.1:"
                    + gateway.https().getPort()))
        .doesNotContain("CertificateStatus");
  }

  @Test
  void eachCertificateHasItsOwn() throws Exception {
    OcspResponder responder = responder();
    start(issue(responder));
    gateway.stop();
    Identity other = ca.issueServer("DNS:other.test", responder.extension());
    other.write(gateway.file("other.pem"), gateway.file("other.key"));
    Identity quiet = ca.issueServer("DNS:quiet.test");
    quiet.write(gateway.file("quiet.pem"), gateway.file("quiet.key"));
    gateway.start(
        setup()
            .certificates(
                "[ { chain = own.pem, key = own.key }, { chain = other.pem, key = other.key },"
                    + " { chain = quiet.pem, key = quiet.key } ]"));
    log.await(line -> line.contains("other.pem") && line.contains("good until"));
    assertThat(handshake("-servername other.test"))
        .contains(GOOD, "Serial Number: " + serial(other));
    assertThat(handshake("-servername quiet.test")).contains(NOTHING);
    assertThat(log.all()).noneMatch(line -> line.contains("quiet.pem"));
  }

  @Test
  void aStaleAnswerIsNeverShown() throws Exception {
    OcspResponder responder = responder();
    start(issue(responder));
    awaitGood();
    responder.close();
    clock.advance(Duration.ofMinutes(119));
    assertThat(handshake("")).contains(GOOD);
    clock.advance(Duration.ofMinutes(2));
    assertThat(handshake("")).contains(NOTHING);
  }

  @Test
  void thatItWasRevokedIsNotShownButAudited() throws Exception {
    Identity own = issue(responder());
    ca.revoke(own);
    start(own);
    assertThat(gateway.audit().awaitContaining("own-certificate-revoked"))
        .contains("own.pem", "\"reason\":\"KEY_COMPROMISE\"");
    log.awaitContaining("THE CERTIFICATE WAS REVOKED");
    assertThat(handshake("")).contains(NOTHING);
  }

  @Test
  void aReloadAsksAgain() throws Exception {
    Identity own = issue(responder());
    start(own);
    awaitGood();
    ca.revoke(own);
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    gateway.audit().awaitContaining("own-certificate-revoked");
  }

  @Test
  void anAnswerOutlivesARotationThatKeepsItsCertificate() throws Exception {
    OcspResponder responder = responder();
    Identity own = issue(responder);
    Identity second = ca.issueServer("DNS:second.test");
    second.write(gateway.file("second.pem"), gateway.file("second.key"));
    install(own);
    gateway.start(
        setup()
            .certificates(
                "[ { chain = own.pem, key = own.key }, { chain = second.pem, key = second.key }"
                    + " ]"));
    awaitGood();
    responder.close();
    Identity next = ca.issueServer("DNS:second.test");
    next.write(gateway.file("second.pem"), gateway.file("second.key"));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    assertThat(handshake("-servername second.test")).contains(NOTHING);
    assertThat(handshake("-servername localhost")).contains(GOOD);
  }

  @Test
  void theAnswerOfOneCertificateIsNotShownWithTheNext() throws Exception {
    OcspResponder responder = responder();
    start(issue(responder));
    awaitGood();
    responder.close();
    install(issue(responder));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    log.awaitContaining("no new OCSP answer");
    assertThat(handshake("")).contains(NOTHING);
  }

  // ---- whom to believe

  @Test
  void oneWhomTheIssuerHasAppointedIsBelieved() throws Exception {
    Identity appointed = ca.issueUser("responder", "extendedKeyUsage = OCSPSigning");
    appointed.write(ca.folder().resolve("r.pem"), ca.folder().resolve("r.key"));
    start(issue(gateway.closing(ca.respond("r.pem", "r.key"))));
    awaitGood();
    assertThat(handshake("")).contains(GOOD);
  }

  @Test
  void oneWhomItHasOnlyCertifiedIsNot() throws Exception {
    Identity anybody = ca.issueUser("responder");
    anybody.write(ca.folder().resolve("r.pem"), ca.folder().resolve("r.key"));
    start(issue(gateway.closing(ca.respond("r.pem", "r.key"))));
    assertThat(log.awaitContaining("no new OCSP answer"))
        .contains("not valid for signing OCSP responses");
    assertThat(handshake("")).contains(NOTHING);
  }

  @Test
  void aStrangerIsNot() throws Exception {
    OpensslCa stranger = OpensslCa.create(gateway.file("stranger"), "stranger");
    ca.run("cp ../stranger/ca.pem r.pem && cp ../stranger/ca.key r.key");
    assertThat(stranger.certificate()).exists();
    start(issue(gateway.closing(ca.respond("r.pem", "r.key"))));
    assertThat(log.awaitContaining("no new OCSP answer")).contains("not authorized");
    assertThat(handshake("")).contains(NOTHING);
  }

  @Test
  void anAnswerOfAnotherAuthoritysCertificateIsNoAnswer() throws Exception {
    // The responder answers for the root, which did not issue the certificate.
    start(issue(gateway.closing(root.respond())));
    log.awaitContaining("no new OCSP answer");
    assertThat(handshake("")).contains(NOTHING);
  }

  /** What is no answer, however it comes. */
  private void assertNoAnswer(int status, int length, String why) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(status, length);
          exchange.getResponseBody().write(new byte[length]);
          exchange.close();
        });
    server.start();
    try {
      start(
          ca.issueServer(
              "DNS:localhost",
              "authorityInfoAccess = OCSP;URI:http://127.0.0.1:" + server.getAddress().getPort()));
      assertThat(log.awaitContaining("no new OCSP answer")).contains(why);
      assertThat(handshake("")).contains(NOTHING);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void anAnswerThatNeverEndsIsGivenUp() throws Exception {
    assertNoAnswer(200, 100_000, "cannot be asked");
    assertThat(answers("unreachable")).isEqualTo(1);
  }

  @Test
  void aPageOfAnErrorIsNone() throws Exception {
    assertNoAnswer(503, 100, "status 503");
    assertThat(answers("refused")).isEqualTo(1);
  }

  @Test
  void rubbishIsNone() throws Exception {
    assertNoAnswer(200, 100, "cannot be read");
    assertThat(answers("not_believed")).isEqualTo(1);
  }

  // ---- certificates that must be stapled

  private void assertCannotStart(Setup setup, String problem) {
    assertThat(gateway.problem(setup.hocon()))
        .hasMessageContaining("tls.certificates[0].chain: " + problem);
  }

  @Test
  void oneThatMustBeStapledAndNamesNoResponderIsRefused() throws Exception {
    install(ca.issueServer("DNS:localhost", MUST_STAPLE));
    assertCannotStart(
        setup(),
        "clients refuse this certificate without a stapled OCSP answer (must-staple), but it names"
            + " no responder");
  }

  @Test
  void norMayStaplingBeOffForIt() throws Exception {
    install(issue(responder(), MUST_STAPLE));
    assertCannotStart(
        setup().tls("stapling = false"),
        "clients refuse this certificate without a stapled OCSP answer (must-staple), but stapling"
            + " is off");
  }

  @Test
  void untilThereIsAnAnswerItIsServedWithoutAndTheLogSaysSo() throws Exception {
    OcspResponder responder = ca.respond();
    responder.close();
    start(issue(responder, MUST_STAPLE));
    log.awaitContaining("clients refuse this certificate now");
    assertThat(handshake("")).contains(NOTHING);
    assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void whereStaplingIsOffNobodyIsAsked() throws Exception {
    install(issue(responder()));
    gateway.start(setup().tls("stapling = false"));
    assertThat(handshake("")).contains(NOTHING);
    assertThat(gateway.admin("/metrics").body()).doesNotContain("gateway_tls_stapling");
  }
}
