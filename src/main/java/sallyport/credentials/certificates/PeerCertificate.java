package sallyport.credentials.certificates;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import sallyport.config.address.PeerNames;
import sallyport.config.address.PeerNames.Kind;
import sallyport.values.Sha256;

/** Names and pins by which a peer's certificate is told from others. */
public final class PeerCertificate {
  private PeerCertificate() {}

  /**
   * Returns the alternative names in the order of the certificate, as {@link PeerNames} writes
   * them; unknown kinds and invalid names are left out.
   */
  public static Set<String> names(X509Certificate certificate) {
    Set<String> names = new LinkedHashSet<>();
    Collection<List<?>> all;
    try {
      all = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException unreadable) {
      return names;
    }
    if (all == null) {
      return names;
    }
    for (List<?> entry : all) {
      if (entry.get(0) instanceof Integer type && entry.get(1) instanceof String name) {
        // RFC 5280 section 4.2.1.6.
        String text =
            switch (type) {
              case 1 -> PeerNames.text(Kind.EMAIL, name);
              case 2 -> PeerNames.text(Kind.DNS, name);
              case 6 -> PeerNames.text(Kind.URI, name);
              case 7 -> PeerNames.text(Kind.IP, name);
              default -> null;
            };
        if (text != null) {
          names.add(text);
        }
      }
    }
    return names;
  }

  /** Returns the pin of its key, such as {@code sha256/BASE64=} (RFC 7469 section 2.4). */
  public static String pin(X509Certificate certificate) {
    byte[] digest = Sha256.newDigest().digest(certificate.getPublicKey().getEncoded());
    return "sha256/" + Base64.getEncoder().encodeToString(digest);
  }
}
