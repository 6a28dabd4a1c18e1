package sallyport.tls.clients;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.trust.EngineTrustManager;
import sallyport.tls.failure.VerifyErrors;
import sallyport.tls.trust.StrictTrustManager;

/**
 * Trust manager for the clients of a listener. Where refused clients are answered in HTTP, their
 * handshake succeeds, and the verdict is stored in the session. A session without a verdict is
 * refused.
 *
 * <p>Any thread.
 */
public final class ClientTrustManager extends EngineTrustManager {
  private static final String VERDICT = "sallyport.verdict";
  private static final String GOOD = "good";

  private final StrictTrustManager trust;
  private final ClientRules rules;

  public ClientTrustManager(StrictTrustManager trust, ClientRules rules) {
    this.trust = trust;
    this.rules = rules;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String auth, SSLEngine engine)
      throws CertificateException {
    if (!rules.answers()) {
      try {
        check(chain, auth, engine);
      } catch (CertificateException refused) {
        throw VerifyErrors.named(refused, chain[0], Role.CLIENT);
      }
      return;
    }
    Object verdict = GOOD;
    try {
      check(chain, auth, engine);
    } catch (CertificateException refused) {
      verdict = refused;
    }
    engine.getHandshakeSession().putValue(VERDICT, verdict);
  }

  private void check(X509Certificate[] chain, String auth, SSLEngine engine)
      throws CertificateException {
    trust.checkClientTrusted(chain, auth, engine);
    rules.check(chain, trust.authorities());
  }

  /**
   * Returns why the client of this session was refused although its handshake succeeded; null for
   * an accepted one.
   */
  static @Nullable CertificateException refusal(SSLSession session) {
    Object verdict = session.getValue(VERDICT);
    if (verdict instanceof CertificateException refused) {
      return refused;
    }
    return GOOD.equals(verdict) ? null : new CertificateException("was not verified");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.getAcceptedIssuers();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String auth, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("only clients are verified");
  }
}
