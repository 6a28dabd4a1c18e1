package sallyport.credentials.keys;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.keys.TrustFile.HeldAuthority;

/**
 * A certificate that the gateway holds, be it in a chain that it shows or in a trust file, and
 * where.
 *
 * @param owner the listener or the backend, such as {@code listeners.https}
 * @param use {@code server}, {@code client} or {@code trust}
 * @param name tells the file apart from others
 * @param position in the file, from 0: of a chain that is the certificate of the key
 */
public record HeldCertificate(
    String owner, String use, String name, int position, CertificateInfo info) {

  private static final String TRUST = "trust";

  /** Its file and place there, for people. */
  public String place() {
    return owner + " " + use + " " + name + "[" + position + "]";
  }

  /** All of a chain that is shown to others. */
  public static List<HeldCertificate> ofChain(String owner, KeyMaterial material) {
    CertificateInfo leaf = material.info();
    return all(owner, leaf.use(), material.label(), material.chain(), leaf.location());
  }

  /** All of a trust file. */
  public static List<HeldCertificate> ofTrust(
      String owner, String name, List<HeldAuthority> authorities, ConfigLocation location) {
    List<HeldCertificate> held = new ArrayList<>(authorities.size());
    for (HeldAuthority each : authorities) {
      held.add(
          new HeldCertificate(
              owner,
              TRUST,
              name,
              each.position(),
              CertificateInfo.of(TRUST, each.certificate(), location)));
    }
    return held;
  }

  private static List<HeldCertificate> all(
      String owner,
      String use,
      String name,
      List<X509Certificate> certificates,
      ConfigLocation location) {
    List<HeldCertificate> held = new ArrayList<>(certificates.size());
    for (int i = 0; i < certificates.size(); i++) {
      held.add(
          new HeldCertificate(
              owner, use, name, i, CertificateInfo.of(use, certificates.get(i), location)));
    }
    return held;
  }
}
