package sallyport.credentials.revocation.crl;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.certificates.CertificateRules;

/** Path from a leaf to the authorities, through a chain that was verified. */
public final class Chains {
  private Chains() {}

  /**
   * Returns the certificates on the path, by names and key identifiers; not the authorities
   * themselves.
   *
   * @param chain the leaf first
   */
  public static List<X509Certificate> path(
      List<X509Certificate> chain, List<X509Certificate> authorities) {
    Set<X509Certificate> path = new LinkedHashSet<>();
    List<X509Certificate> open = new ArrayList<>();
    open.add(chain.getFirst());
    while (!open.isEmpty()) {
      X509Certificate certificate = open.removeLast();
      if (!authorities.contains(certificate)
          && path.add(certificate)
          && authorities.stream().noneMatch(a -> KeyIds.mayHaveIssued(a, certificate))) {
        chain.stream().filter(c -> KeyIds.mayHaveIssued(c, certificate)).forEach(open::add);
      }
    }
    return List.copyOf(path);
  }

  /** Returns the certificate whose key signed this one; null where it is not there. */
  public static @Nullable X509Certificate issuer(
      X509Certificate certificate, List<X509Certificate> chain, List<X509Certificate> authorities) {
    return Stream.concat(authorities.stream(), chain.stream())
        .filter(candidate -> KeyIds.mayHaveIssued(candidate, certificate))
        .filter(candidate -> CertificateRules.isIssuer(candidate, certificate))
        .findFirst()
        .orElse(null);
  }
}
