package sallyport.credentials.acme;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** Listeners, as far as certificates from ACME authorities need them. */
public interface CertificateInstaller {
  /**
   * Has TLS listeners answer an authority that asks by {@code acme-tls/1} (RFC 8737).
   *
   * @param serverName lower case
   * @param certificate what they are to show; only for this
   */
  void promise(String serverName, PrivateKey key, X509Certificate certificate);

  /** Has them answer no more. */
  void withdraw(String serverName);

  /**
   * Has listeners use what a file holds now, for handshakes from now on. Blocks until they do.
   *
   * @return what keeps them from it; empty when they do
   */
  List<String> use(Path file);
}
