package sallyport.credentials.revocation.crl;

import java.io.IOException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.sources.UnusableFile;

/**
 * Certificates of its issuer that a list covers (RFC 5280 section 5.2.5).
 *
 * @param names where the list is published; a certificate must name one of them. Empty: any
 */
record CrlScope(boolean usersOnly, boolean authoritiesOnly, Set<GeneralName> names) {
  private static final CrlScope ALL = new CrlScope(false, false, Set.of());

  /**
   * @throws UnusableFile when the list speaks of less than can be told apart here
   */
  static CrlScope of(X509CRL crl) throws UnusableFile {
    byte[] extension = crl.getExtensionValue(Extension.issuingDistributionPoint.getId());
    if (extension == null) {
      return ALL;
    }
    IssuingDistributionPoint point;
    try {
      point =
          IssuingDistributionPoint.getInstance(
              JcaX509ExtensionUtils.parseExtensionValue(extension));
    } catch (IOException | RuntimeException e) {
      throw new UnusableFile("its issuing distribution point cannot be read");
    }
    if (point.isIndirectCRL()) {
      throw new UnusableFile("speaks of other issuers' certificates (an indirect CRL)");
    }
    if (point.getOnlySomeReasons() != null || point.onlyContainsAttributeCerts()) {
      throw new UnusableFile("speaks of some reasons or of attribute certificates alone");
    }
    DistributionPointName name = point.getDistributionPoint();
    if (name != null && name.getType() != DistributionPointName.FULL_NAME) {
      throw new UnusableFile("its distribution point has a relative name");
    }
    return new CrlScope(
        point.onlyContainsUserCerts(), point.onlyContainsCACerts(), fullNames(name));
  }

  boolean takesIn(X509Certificate certificate) {
    boolean authority = certificate.getBasicConstraints() >= 0;
    return !(authority ? usersOnly : authoritiesOnly)
        && (names.isEmpty() || pointsOf(certificate).stream().anyMatch(names::contains));
  }

  /** Returns where the certificate's issuer publishes its lists. */
  private static Set<GeneralName> pointsOf(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.cRLDistributionPoints.getId());
    Set<GeneralName> points = new HashSet<>();
    if (extension != null) {
      try {
        CRLDistPoint all =
            CRLDistPoint.getInstance(JcaX509ExtensionUtils.parseExtensionValue(extension));
        for (DistributionPoint point : all.getDistributionPoints()) {
          points.addAll(fullNames(point.getDistributionPoint()));
        }
      } catch (IOException | RuntimeException unreadable) {
        // It names no point that can be read.
        return Set.of();
      }
    }
    return points;
  }

  private static Set<GeneralName> fullNames(@Nullable DistributionPointName name) {
    return name == null || name.getType() != DistributionPointName.FULL_NAME
        ? Set.of()
        : Set.copyOf(Arrays.asList(GeneralNames.getInstance(name.getName()).getNames()));
  }
}
