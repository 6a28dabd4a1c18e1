package sallyport.credentials.revocation.crl;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.security.cert.X509Extension;
import java.util.Arrays;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.jspecify.annotations.Nullable;

/** Key identifiers, which tell keys of one authority apart (RFC 5280 sections 4.2.1.1, 4.2.1.2). */
final class KeyIds {
  private KeyIds() {}

  /** Returns which key signed this; null when it does not say. */
  static byte @Nullable [] ofIssuer(X509Extension signed) {
    byte[] extension = signed.getExtensionValue(Extension.authorityKeyIdentifier.getId());
    try {
      return extension == null
          ? null
          : AuthorityKeyIdentifier.getInstance(JcaX509ExtensionUtils.parseExtensionValue(extension))
              .getKeyIdentifierOctets();
    } catch (IOException | RuntimeException unreadable) {
      return null;
    }
  }

  static byte @Nullable [] ofSubject(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    try {
      return extension == null
          ? null
          : SubjectKeyIdentifier.getInstance(JcaX509ExtensionUtils.parseExtensionValue(extension))
              .getKeyIdentifier();
    } catch (IOException | RuntimeException unreadable) {
      return null;
    }
  }

  /** Returns whether nothing speaks against both being of one key. */
  static boolean fit(byte @Nullable [] one, byte @Nullable [] other) {
    return one == null || other == null || Arrays.equals(one, other);
  }

  /** Returns whether name and key identifier let the one have issued the other. */
  static boolean mayHaveIssued(X509Certificate issuer, X509Certificate issued) {
    return issuer.getSubjectX500Principal().equals(issued.getIssuerX500Principal())
        && fit(ofSubject(issuer), ofIssuer(issued));
  }
}
