package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.OcspResponder;
import sallyport.testkit.OpensslCa;
import sallyport.testkit.Origin;
import sallyport.testkit.Setup;
import sallyport.testkit.TestClock;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.Identity;

/** Peers of whom OpenSSL's responder is asked, between the handshake and the first byte. */
class PeerOcspIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();
  private final TestClock clock = new TestClock(Instant.now());
  private OpensslCa ca;

  @BeforeEach
  void authority() throws Exception {
    ca = OpensslCa.create(gateway.file("ca-1"), "users");
    // Not before the authority is valid.
    clock.set(Instant.now());
  }

  private OcspResponder responder() throws Exception {
    return gateway.closing(ca.respond());
  }

  private OcspResponder responderThatIsGone() throws Exception {
    OcspResponder responder = ca.respond();
    responder.close();
    return responder;
  }

  // ---- clients

  private Origin startForClients(String mode, String ocsp) {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.startWith(
        Setup.to(origin)
            .tls(
                "client-auth { mode = "
                    + mode
                    + ", trust = ca-1/ca.pem, revocation { ocsp = "
                    + ocsp
                    + ", ocsp-timeout = 10s } }")
            .hocon(),
        clock);
    return origin;
  }

  private int statusOf(Identity user) throws IOException {
    return gateway.statusOf(user, "TLSv1.3");
  }

  private double checks(String peer, String outcome) {
    return gateway.metric(
        "gateway_tls_revocation_checks_total",
        "peer=\"" + peer + "\"",
        "source=\"ocsp\"",
        "outcome=\"" + outcome + "\"");
  }

  @ParameterizedTest
  @CsvSource({"hard,TLSv1.2", "hard,TLSv1.3", "soft,TLSv1.3"})
  void aClientOfWhomTheResponderSpeaksWellIsServed(String ocsp, String version) throws Exception {
    Identity user = ca.issueUser("user", responder().extension());
    startForClients("required", ocsp);
    assertThat(gateway.statusOf(user, version)).isEqualTo(200);
    assertThat(checks("client", "good")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"hard,TLSv1.2", "hard,TLSv1.3", "soft,TLSv1.3"})
  void aRevokedClientIsRefused(String ocsp, String version) throws Exception {
    Identity user = ca.issueUser("user", responder().extension());
    ca.revoke(user);
    Origin origin = startForClients("required", ocsp);
    assertThat(gateway.statusOf(user, version)).isZero();
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("client_certificate_revoked", "reason: KEY_COMPROMISE");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void whereNobodyAnswersHardRefuses() throws Exception {
    Identity user = ca.issueUser("user", responderThatIsGone().extension());
    Origin origin = startForClients("required", "hard");
    assertThat(statusOf(user)).isZero();
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("client_revocation_unknown");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void whereNobodyAnswersSoftLetsPassAndCounts() throws Exception {
    Identity user = ca.issueUser("user", responderThatIsGone().extension());
    startForClients("required", "soft");
    assertThat(statusOf(user)).isEqualTo(200);
    assertThat(checks("client", "unknown_passed")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"hard,0", "soft,200"})
  void aClientThatNamesNoResponderIsOneOfWhomNothingIsKnown(String ocsp, int status)
      throws Exception {
    Identity user = ca.issueUser("user");
    startForClients("required", ocsp);
    assertThat(statusOf(user)).isEqualTo(status);
  }

  @Test
  void aClientWithoutACertificateIsNotAskedAbout() throws Exception {
    startForClients("optional", "hard");
    assertThat(gateway.statusOf((Identity) null, "TLSv1.3")).isEqualTo(200);
  }

  @Test
  void whereTheRefusedAreAnsweredARevokedClientIs() throws Exception {
    Identity user = ca.issueUser("user", responder().extension());
    ca.revoke(user);
    startForClients("required, refuse-with = 403", "hard");
    assertThat(statusOf(user)).isEqualTo(403);
  }

  /** Else whoever comes by could have the gateway send requests to where he likes. */
  @Test
  void nobodyIsAskedAboutAClientWhomNobodyVouchesFor() throws Exception {
    OpensslCa namesake = OpensslCa.create(gateway.file("ca-2"), "users");
    OcspResponder responder = responder();
    startForClients("required, refuse-with = 403", "hard");
    assertThat(statusOf(namesake.issueUser("stranger", responder.extension()))).isEqualTo(403);
    assertThat(responder.asked()).isZero();
  }

  /** There is one event loop, and it serves others. */
  @Test
  void whileOneWaitsOthersAreServedAndNothingOfItIsForwarded() throws Exception {
    OcspResponder responder = responder().hold();
    Identity user = ca.issueUser("user", responder.extension());
    Origin origin = startForClients("optional", "hard");
    try (ExecutorService client = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> waits = client.submit(() -> statusOf(user));
      responder.awaitQuestion();
      assertThat(gateway.statusOf((Identity) null, "TLSv1.3")).isEqualTo(200);
      assertThat(origin.requests()).hasSize(1);
      responder.open();
      assertThat(waits.get(20, TimeUnit.SECONDS)).isEqualTo(200);
    }
    assertThat(origin.requests()).hasSize(2);
  }

  @Test
  void anAnswerIsRemembered() throws Exception {
    OcspResponder responder = responder();
    Identity user = ca.issueUser("user", responder.extension());
    startForClients("required", "hard");
    assertThat(statusOf(user)).isEqualTo(200);
    assertThat(statusOf(user)).isEqualTo(200);
    assertThat(responder.asked()).isEqualTo(1);
  }

  @Test
  void aSessionIsNotResumedOnceTheResponderSaysOtherwise() throws Exception {
    Identity user = ca.issueUser("user", responder().extension());
    startForClients("required", "hard");
    SSLContext remembers = TestPki.context(user, TestPki.FRONT);
    assertThat(gateway.statusOf(remembers, "TLSv1.3")).isEqualTo(200);
    ca.revoke(user);
    clock.advance(Duration.ofMinutes(61));
    assertThat(gateway.statusOf(remembers, "TLSv1.3")).isZero();
    assertThat(gateway.audit().awaitContaining("client_certificate_revoked")).isNotEmpty();
    assertThat(gateway.metric("gateway_tls_handshakes_total", "resumed=\"true\"")).isZero();
  }

  // ---- backends

  private Origin startForBackend(Identity identity, String ocsp) {
    Origin origin = gateway.origin(identity, TestPki.BACK, r -> r.reply(200, "hello"));
    gateway.start(Setup.to(origin).upstreamTls("trust = ca-1/ca.pem, revocation.ocsp = " + ocsp));
    return origin;
  }

  private Identity backend(OcspResponder responder) throws Exception {
    return ca.issueServer("DNS:legacy.internal", responder.extension());
  }

  @Test
  void aBackendOfWhichTheResponderSpeaksWellIsUsed() throws Exception {
    startForBackend(backend(responder()), "hard");
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("hello");
    assertThat(checks("backend", "good")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hard", "soft"})
  void aRevokedBackendGetsNothing(String ocsp) throws Exception {
    Identity identity = backend(responder());
    ca.revoke(identity);
    Origin origin = startForBackend(identity, ocsp);
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(502);
    assertThat(gateway.audit().awaitContaining("backend-refused")).contains("tls_revoked");
    assertThat(origin.requests()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"hard,502", "soft,200"})
  void aBackendOfWhichNobodySpeaksIsRefusedOrCounted(String ocsp, int status) throws Exception {
    startForBackend(backend(responderThatIsGone()), ocsp);
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(status);
    assertThat(checks("backend", status == 200 ? "unknown_passed" : "unknown_refused"))
        .isEqualTo(1);
  }

  @Test
  void aConnectionThatWaitsTooLongForAnAnswerTimesOut() throws Exception {
    OcspResponder responder = responder().hold();
    Identity identity = ca.issueServer("DNS:legacy.internal", responder.extension());
    Origin origin = gateway.origin(identity, TestPki.BACK, r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin)
            .backend("connect-timeout = 500ms")
            .upstreamTls("trust = ca-1/ca.pem, revocation.ocsp = hard"));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(504);
    assertThat(origin.requests()).isEmpty();
  }

  /** Its first frames come with the end of the handshake, before it is known what it is. */
  @Test
  void whatAnHttp2BackendSaysMeanwhileIsNotLost() throws Exception {
    Nginx nginx =
        gateway.closing(
            Nginx.start(
                gateway.file("nginx"),
                "http2",
                "location / { return 200 \"over $server_protocol\"; }"));
    gateway.start(
        Setup.to(nginx.address())
            .backend("protocol = http2")
            .upstreamTls("revocation.ocsp = soft"));
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("over HTTP/2.0");
  }
}
