package sallyport.credentials.trust;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Verifies with an engine alone: without one there is no session, and no name to verify, so none of
 * the other ways may ever be used.
 */
public abstract class EngineTrustManager extends X509ExtendedTrustManager {
  private static CertificateException withoutEngine() {
    return new CertificateException("only connections with an engine are verified");
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String auth, Socket socket)
      throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String auth, Socket socket)
      throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String auth)
      throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String auth)
      throws CertificateException {
    throw withoutEngine();
  }
}
