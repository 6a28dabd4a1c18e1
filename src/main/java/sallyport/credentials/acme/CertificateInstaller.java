package sallyport.credentials.acme;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** Listeners, as far as certificates from ACME authorities need them. */
public interface CertificateInstaller {
  /**
   * Makes TLS listeners answer a challenge by {@code acme-tls/1} (RFC 8737).
   *
   * @param serverName lower case
   * @param certificate what they are to show; only for this
   */
  void promise(String serverName, PrivateKey key, X509Certificate certificate);

  /** Ends the answers to a challenge. */
  void withdraw(String serverName);

  /**
   * Makes listeners use the present content of a file for new handshakes. Blocks until they do.
   *
   * @return what keeps them from it; empty when they do
   */
  List<String> use(Path file);
}
