package sallyport.credentials.keys;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.certificates.CertificateInfo;
import sallyport.credentials.certificates.CertificateRules;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.certificates.KeyType;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.pkcs11.Signer;

/**
 * Chain and its key, opened, checked, and fit to be used. Immutable.
 *
 * @param label tells it apart from others, to people and in metrics
 * @param signer signs in the key's place where that does not leave its token; null where it is here
 */
public record KeyMaterial(
    String label,
    PrivateKey key,
    @Nullable Signer signer,
    List<X509Certificate> chain,
    KeyType keyType,
    CertificateInfo info) {

  static KeyMaterial of(
      String label,
      PrivateKey key,
      @Nullable Signer signer,
      List<X509Certificate> chain,
      Role role,
      ConfigLocation location) {
    X509Certificate leaf = chain.getFirst();
    return new KeyMaterial(
        label,
        key,
        signer,
        chain,
        Objects.requireNonNull(CertificateRules.keyType(leaf.getPublicKey())),
        CertificateInfo.of(role.label(), leaf, location));
  }

  /** Lists the certificates of the chain as the owner holds them, the key's own first. */
  public List<HeldCertificate> held(String owner) {
    List<HeldCertificate> held = new ArrayList<>(chain.size());
    for (X509Certificate certificate : chain) {
      held.add(
          HeldCertificate.of(owner, info.use(), label, held.size(), certificate, info.location()));
    }
    return held;
  }

  /** Returns the certificate of the key itself. */
  public X509Certificate leaf() {
    return chain.getFirst();
  }

  /** Returns when the first certificate of the chain expires. */
  public Instant firstEnd() {
    Instant end = info.notAfter();
    for (X509Certificate certificate : chain) {
      Instant each = certificate.getNotAfter().toInstant();
      end = each.isBefore(end) ? each : end;
    }
    return end;
  }

  /** Returns the chain as Netty wants it. */
  public X509Certificate[] chainArray() {
    return chain.toArray(X509Certificate[]::new);
  }
}
