package sallyport.tls;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The way from a peer's certificate to an authority (RFC 5280 section 6). A peer may send more than
 * that, and leaves the authority itself out: what it sent says nothing of what was relied on.
 */
final class ValidatedPath {
  private ValidatedPath() {}

  /**
   * @param sent the peer's own certificate first
   * @return that one, those between, and the authority; one when the peer is the authority itself
   */
  static List<X509Certificate> of(X509Certificate[] sent, List<X509Certificate> authorities)
      throws CertificateException {
    try {
      X509CertSelector peer = new X509CertSelector();
      peer.setCertificate(sent[0]);
      PKIXBuilderParameters parameters =
          new PKIXBuilderParameters(
              authorities.stream()
                  .map(authority -> new TrustAnchor(authority, null))
                  .collect(Collectors.toSet()),
              peer);
      parameters.addCertStore(
          CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(sent))));
      // Only the way is looked for; whether it may be gone has been decided.
      parameters.setRevocationEnabled(false);
      PKIXCertPathBuilderResult result =
          (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
      List<X509Certificate> path = new ArrayList<>();
      result.getCertPath().getCertificates().forEach(each -> path.add((X509Certificate) each));
      path.add(result.getTrustAnchor().getTrustedCert());
      return path;
    } catch (GeneralSecurityException none) {
      throw new CertificateException("there is no chain to an authority that is trusted", none);
    }
  }
}
