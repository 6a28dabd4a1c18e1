package sallyport.gateway;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import sallyport.acme.Deployment;
import sallyport.tls.ServerTls;

/** The listeners, as certificates that are issued by themselves see them. */
final class AcmeListeners implements Deployment {
  private final Supplier<List<ServerTls>> listeners;
  private final Rotations rotations;

  /**
   * @param listeners all with TLS, as they are then: nobody knows which of them an authority
   *     reaches
   */
  AcmeListeners(Supplier<List<ServerTls>> listeners, Rotations rotations) {
    this.listeners = listeners;
    this.rotations = rotations;
  }

  @Override
  public void promise(String serverName, PrivateKey key, X509Certificate certificate) {
    listeners.get().forEach(tls -> tls.challenges().promise(serverName, key, certificate));
  }

  @Override
  public void withdraw(String serverName) {
    listeners.get().forEach(tls -> tls.challenges().withdraw(serverName));
  }

  @Override
  public List<String> use(Path file) {
    return rotations.rotateUsersOf(file, "acme");
  }
}
