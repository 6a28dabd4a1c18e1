package sallyport.gateway;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import sallyport.credentials.acme.CertificateInstaller;
import sallyport.gateway.reload.Rotations;
import sallyport.tls.challenge.Challenges;

/** Installer of issued certificates and of answers to challenges at all listeners. */
final class AcmeListeners implements CertificateInstaller {
  private final Challenges challenges;
  private final Rotations rotations;

  /**
   * @param challenges shared by all TLS listeners, since an authority may connect to any of them
   */
  AcmeListeners(Challenges challenges, Rotations rotations) {
    this.challenges = challenges;
    this.rotations = rotations;
  }

  @Override
  public void promise(String serverName, PrivateKey key, X509Certificate certificate) {
    challenges.promise(serverName, key, certificate);
  }

  @Override
  public void withdraw(String serverName) {
    challenges.withdraw(serverName);
  }

  @Override
  public List<String> use(Path file) {
    return rotations.rotateUsersOf(file, "acme");
  }
}
