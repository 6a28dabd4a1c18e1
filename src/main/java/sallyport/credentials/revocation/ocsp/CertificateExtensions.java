package sallyport.credentials.revocation.ocsp;

import java.io.IOException;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;

/** Extensions of a certificate about OCSP: responders, and whether it must be stapled. */
final class CertificateExtensions {
  /** RFC 5280 section 4.2.2.1; by its name there, Bouncy Castle would be loaded at every start. */
  private static final String AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";

  /** RFC 7633 section 4. */
  private static final String TLS_FEATURE = "1.3.6.1.5.5.7.1.24";

  /** The TLS extension that asks for a stapled answer (RFC 6066 section 8). */
  private static final int STATUS_REQUEST = 5;

  private CertificateExtensions() {}

  /** Returns where its issuer answers (RFC 5280 section 4.2.2.1), over HTTP; empty when nowhere. */
  static List<URI> responders(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(AUTHORITY_INFO_ACCESS);
    return extension == null ? List.of() : Decoder.responders(extension);
  }

  /** Returns whether clients refuse it without a stapled answer (RFC 7633). */
  static boolean mustBeStapled(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(TLS_FEATURE);
    return extension != null && Decoder.mustBeStapled(extension);
  }

  /** Loaded only where there is such an extension. */
  private static final class Decoder {
    static List<URI> responders(byte[] extension) {
      List<URI> responders = new ArrayList<>();
      try {
        AuthorityInformationAccess access =
            AuthorityInformationAccess.getInstance(
                JcaX509ExtensionUtils.parseExtensionValue(extension));
        for (AccessDescription each : access.getAccessDescriptions()) {
          GeneralName place = each.getAccessLocation();
          if (each.getAccessMethod().equals(AccessDescription.id_ad_ocsp)
              && place.getTagNo() == GeneralName.uniformResourceIdentifier) {
            URI uri = URI.create(place.getName().toString());
            if ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) {
              responders.add(uri);
            }
          }
        }
      } catch (IOException | RuntimeException unreadable) {
        return List.of();
      }
      return List.copyOf(responders);
    }

    static boolean mustBeStapled(byte[] extension) {
      try {
        for (ASN1Encodable feature :
            ASN1Sequence.getInstance(JcaX509ExtensionUtils.parseExtensionValue(extension))) {
          if (ASN1Integer.getInstance(feature).hasValue(STATUS_REQUEST)) {
            return true;
          }
        }
      } catch (IOException | RuntimeException unreadable) {
        return false;
      }
      return false;
    }
  }
}
