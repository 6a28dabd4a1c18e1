package sallyport.credentials.trust;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.certificates.Role;

/**
 * Path from a peer's certificate to an authority (RFC 5280 section 6), within what the authority's
 * own certificate allows (RFC 5937). A peer may send more than that, and leaves the authority
 * itself out, so that the path says more than the chain that was sent.
 */
public final class ValidatedPath {
  /** Longer chains are refused before any signature is verified: building is for short ones. */
  private static final int MOST_SENT = 10;

  private ValidatedPath() {}

  /**
   * @param sent the peer's own certificate first
   * @param authorities that may be relied on now
   * @param role of the peer
   * @return that one, those between, and the authority; one when the peer is the authority itself
   * @throws CertificateException when there is no such way
   */
  public static List<X509Certificate> of(
      X509Certificate[] sent, List<X509Certificate> authorities, Role role)
      throws CertificateException {
    GeneralSecurityException why = null;
    if (sent.length <= MOST_SENT) {
      Set<X500Principal> issuers = new HashSet<>();
      Arrays.stream(sent).forEach(each -> issuers.add(each.getIssuerX500Principal()));
      for (X509Certificate authority : authorities) {
        if (authority.equals(sent[0])) {
          return List.of(authority);
        }
        if (issuers.contains(authority.getSubjectX500Principal())) {
          try {
            List<X509Certificate> path = build(sent, authority, role);
            if (path != null) {
              return path;
            }
          } catch (GeneralSecurityException notThisWay) {
            why = notThisWay;
          }
        }
      }
    }
    throw new CertificateException(
        "there is no chain to an authority that is trusted for it" + reason(why), why);
  }

  /** Returns the first word of the JDK or of {@link AuthorityRules} on what was wrong. */
  private static String reason(@Nullable Throwable why) {
    Throwable deepest = why;
    while (deepest != null && deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return deepest == null ? "" : ": " + deepest.getMessage();
  }

  /** Builds the path from an authority; null when the authority is not for such certificates. */
  private static @Nullable List<X509Certificate> build(
      X509Certificate[] sent, X509Certificate authority, Role role)
      throws GeneralSecurityException {
    if (!AuthorityRules.mayVouchFor(authority, role)) {
      return null;
    }
    X509CertSelector peer = new X509CertSelector();
    peer.setCertificate(sent[0]);
    PKIXBuilderParameters parameters =
        new PKIXBuilderParameters(Set.of(new TrustAnchor(authority, null)), peer);
    parameters.addCertStore(
        CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(sent))));
    // Only the way is looked for; whether a certificate was revoked is decided elsewhere.
    parameters.setRevocationEnabled(false);
    AuthorityRules.Checker checker = AuthorityRules.apply(authority, sent[0], role, parameters);
    PKIXCertPathBuilderResult result;
    try {
      result = (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
    } catch (CertPathBuilderException none) {
      throw checker.why() == null ? none : new CertPathBuilderException(checker.why());
    }
    List<X509Certificate> path = new ArrayList<>();
    result.getCertPath().getCertificates().forEach(each -> path.add((X509Certificate) each));
    path.add(authority);
    return path;
  }
}
