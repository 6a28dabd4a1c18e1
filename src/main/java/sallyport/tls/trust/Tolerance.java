package sallyport.tls.trust;

import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.exception.Allowance;
import sallyport.credentials.certificates.CertificateRules;

/**
 * Weaknesses of certificates that are tolerated of one peer. Immutable.
 *
 * @param allowed by an exception; empty without one
 */
record Tolerance(Set<Allowance> allowed) {
  static final Tolerance NONE = new Tolerance(Set.of());

  private static final int LEAST_RSA_BITS = 1024;

  /** Returns what is too weak about a certificate all the same; null where nothing is. */
  @Nullable String weakness(X509Certificate certificate) {
    String key = CertificateRules.weakness(certificate.getPublicKey());
    if (key != null && !(allowed.contains(Allowance.RSA_1024) && isRsa1024(certificate))) {
      return key;
    }
    String signature = CertificateRules.weakSignature(certificate);
    return signature != null && !(allowed.contains(Allowance.SHA1) && isSha1(certificate))
        ? signature
        : null;
  }

  /** Returns which weaknesses that are tolerated these certificates have. */
  Set<Allowance> uses(Collection<X509Certificate> chain) {
    Set<Allowance> uses = EnumSet.noneOf(Allowance.class);
    for (X509Certificate each : chain) {
      if (CertificateRules.weakness(each.getPublicKey()) != null) {
        uses.add(Allowance.RSA_1024);
      }
      if (CertificateRules.weakSignature(each) != null) {
        uses.add(Allowance.SHA1);
      }
    }
    uses.add(Allowance.NAME);
    uses.retainAll(allowed);
    return uses;
  }

  private static boolean isRsa1024(X509Certificate certificate) {
    return certificate.getPublicKey() instanceof RSAPublicKey rsa
        && rsa.getModulus().bitLength() >= LEAST_RSA_BITS;
  }

  private static boolean isSha1(X509Certificate certificate) {
    return certificate.getSigAlgName().startsWith("SHA1");
  }
}
