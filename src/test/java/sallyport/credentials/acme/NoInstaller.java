package sallyport.credentials.acme;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** Installer that puts certificates nowhere, and finds no fault in any. */
final class NoInstaller implements CertificateInstaller {
  @Override
  public void promise(String serverName, PrivateKey key, X509Certificate certificate) {}

  @Override
  public void withdraw(String serverName) {}

  @Override
  public List<String> use(Path file) {
    return List.of();
  }
}
