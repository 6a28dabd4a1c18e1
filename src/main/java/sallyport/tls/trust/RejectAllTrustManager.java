package sallyport.tls.trust;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import sallyport.credentials.trust.EngineTrustManager;

/**
 * Trust manager for contexts that ask no peer for a certificate. Without any trust manager Netty
 * would read the JDK's list of public authorities for each context, and copy all of it to
 * BoringSSL.
 */
public final class RejectAllTrustManager extends EngineTrustManager {
  private static final X509Certificate[] NONE = {};

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String auth, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("no client is asked for a certificate here");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String auth, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("no server is asked for a certificate here");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return NONE;
  }
}
