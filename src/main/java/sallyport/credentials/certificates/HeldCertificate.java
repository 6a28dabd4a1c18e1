package sallyport.credentials.certificates;

import java.security.cert.X509Certificate;
import sallyport.config.problem.ConfigLocation;

/**
 * Certificate that the gateway holds, in a chain that it shows or in a trust file, and its place
 * there. Immutable.
 *
 * @param owner the listener or the backend, such as {@code listeners.https}
 * @param use {@code server}, {@code client} or {@code trust}
 * @param name tells the file apart from others
 * @param position in the file, from 0: of a chain that is the certificate of the key
 */
public record HeldCertificate(
    String owner, String use, String name, int position, CertificateInfo info) {

  /** Returns the file and the place in it, for people. */
  public String place() {
    return owner + " " + use + " " + name + "[" + position + "]";
  }

  /**
   * Describes a certificate.
   *
   * @param location where the configuration names the file
   */
  public static HeldCertificate of(
      String owner,
      String use,
      String name,
      int position,
      X509Certificate certificate,
      ConfigLocation location) {
    return new HeldCertificate(
        owner, use, name, position, CertificateInfo.of(use, certificate, location));
  }
}
