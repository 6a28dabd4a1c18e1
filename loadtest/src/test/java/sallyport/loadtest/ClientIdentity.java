package sallyport.loadtest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;

/**
 * The certificate that virtual users show: {@code sallyport.client-certificate}, a PEM chain, and
 * {@code sallyport.client-key}, its key as unencrypted PKCS#8. {@code run.sh} sets both.
 */
final class ClientIdentity {
  private static final char[] PASSWORD = {};

  private ClientIdentity() {}

  /**
   * Reads both files.
   *
   * @throws IllegalArgumentException when they are not named, or cannot be used
   */
  static KeyManagerFactory fromProperties() {
    Path chain = named("sallyport.client-certificate");
    Path key = named("sallyport.client-key");
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, PASSWORD);
      Certificate[] certificates = certificates(chain);
      PrivateKey secret = key(key, certificates[0].getPublicKey().getAlgorithm());
      store.setKeyEntry("client", secret, PASSWORD, certificates);
      var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, PASSWORD);
      return factory;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException("cannot use %s with %s".formatted(chain, key), e);
    }
  }

  private static Path named(String key) {
    String file = System.getProperty(key, "");
    if (file.isEmpty()) {
      throw new IllegalArgumentException("name a PEM file with -D" + key);
    }
    return Path.of(file);
  }

  private static Certificate[] certificates(Path pem) throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(pem)) {
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(in)
          .toArray(Certificate[]::new);
    }
  }

  private static PrivateKey key(Path pem, String algorithm)
      throws IOException, GeneralSecurityException {
    String base64 = Files.readString(pem).replaceAll("-----[^-]+-----", "");
    byte[] encoded = Base64.getMimeDecoder().decode(base64);
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
  }
}
