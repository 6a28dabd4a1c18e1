package sallyport.tls.trust;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import sallyport.config.certificate.RevocationConfig;
import sallyport.credentials.certificates.PeerCertificate;
import sallyport.credentials.revocation.Revocation;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.credentials.trust.TrustedAuthorities;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.TestPki;
import sallyport.tls.failure.PeerRefused;
import sallyport.tls.failure.WeakKeyException;
import sallyport.tools.pki.CertificateRequest;

/** Chains that the JDK's own TLS does not send, so that they come without a socket. */
class BackendRulesTest {
  private static final TrustedAuthorities AUTHORITIES =
      TrustedAuthorities.of(List.of(TestPki.BACK.certificate()), Clock.systemUTC());

  private static X509Certificate backend(CertificateRequest request) {
    return TestPki.BACK.issue(request.dns("legacy.internal").usage(SERVER_AUTH)).certificate();
  }

  /** A pin is no word for whatever else a backend puts into the chain that it sends. */
  @Test
  void aPinnedCertificateThatIsNoPartOfTheChainDoesNotHelp() {
    X509Certificate own = backend(CertificateRequest.of("b"));
    X509Certificate other = TestPki.BACKEND.certificate();
    BackendRules rules =
        new BackendRules(Set.of(), Set.of(PeerCertificate.pin(other)), Tolerance.NONE);
    assertThatCode(
            () -> rules.check(new X509Certificate[] {other, own}, AUTHORITIES, "legacy.internal"))
        .doesNotThrowAnyException();
    assertThatThrownBy(
            () -> rules.check(new X509Certificate[] {own, other}, AUTHORITIES, "legacy.internal"))
        .isInstanceOf(PeerRefused.class)
        .hasMessageContaining("no key of its chain is pinned");
  }

  private static Revocation nothingRevoked(Ocsp nobodyAsked) {
    return Revocation.load(
        RevocationConfig.NONE,
        AUTHORITIES.all(),
        nobodyAsked,
        new GatewayMetrics().revocation("backend", "b"),
        Clock.systemUTC(),
        new ArrayList<>());
  }

  @Test
  void aSignatureWithSha1IsRefused() throws Exception {
    X509Certificate weak = backend(CertificateRequest.of("b").hash("SHA1"));
    try (Ocsp ocsp = new Ocsp(Clock.systemUTC())) {
      StrictTrustManager trust = StrictTrustManager.of(AUTHORITIES, nothingRevoked(ocsp));
      assertThatThrownBy(
              () ->
                  trust.checkServerTrusted(
                      new X509Certificate[] {weak},
                      "UNKNOWN",
                      SSLContext.getDefault().createSSLEngine()))
          .hasCauseInstanceOf(WeakKeyException.class)
          .hasMessageContaining("is signed with SHA1withECDSA; SHA-256 or better is needed");
    }
  }
}
