package sallyport.loadtest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/** Whom clients trust that are not Gatling's: {@code sallyport.ca}, which {@code run.sh} sets. */
final class Authority {
  private Authority() {}

  /** The PEM file. */
  static Path pem() {
    String ca = System.getProperty("sallyport.ca", "");
    if (ca.isEmpty()) {
      throw new IllegalArgumentException("name the authority's PEM file with -Dsallyport.ca");
    }
    return Path.of(ca);
  }

  /** TLS by the JDK. */
  static SSLSocketFactory tls() {
    try (InputStream in = Files.newInputStream(pem())) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException("cannot use -Dsallyport.ca=" + pem(), e);
    }
  }
}
