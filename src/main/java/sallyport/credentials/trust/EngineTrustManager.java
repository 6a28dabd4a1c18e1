package sallyport.credentials.trust;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trust manager that verifies with an engine only. Without an engine there is no session, and no
 * name to verify, so that the other methods always refuse.
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
