package sallyport.tls.failure;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.internal.tcnative.CertificateVerifier;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.CertificateRevokedException;
import java.security.cert.PKIXReason;
import java.security.cert.X509Certificate;
import java.util.List;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.revocation.RevocationUnknownException;
import sallyport.credentials.trust.TrustedAuthorities;

/**
 * Error codes by which BoringSSL chooses the alert for a peer that is refused (RFC 8446 section
 * 6.2). Without a code the peer receives {@code internal_error}, and its operators look for the
 * fault on this side.
 */
public final class VerifyErrors {
  private static final int DIGITAL_SIGNATURE = 0;

  static {
    // The codes of the errors come from the native library.
    OpenSsl.ensureAvailability();
  }

  private VerifyErrors() {}

  /**
   * Returns the same refusal with its alert: {@code unknown_ca} without a path to an authority,
   * {@code unsupported_certificate} for one that is for another use, {@code bad_certificate} for
   * one that is unsound, {@code certificate_expired} and {@code certificate_revoked}, and {@code
   * certificate_unknown} for one that is sound and not accepted: the library cannot send {@code
   * access_denied}.
   *
   * @param role of the peer
   */
  public static CertificateException named(
      CertificateException refused, X509Certificate leaf, Role role) {
    return new OpenSslCertificateException(
        String.valueOf(refused.getMessage()), refused, error(refused, leaf, role));
  }

  private static int error(CertificateException refused, X509Certificate leaf, Role role) {
    PeerRefused rule = TlsFailures.find(refused, PeerRefused.class);
    if (rule != null) {
      return switch (rule.reason()) {
        case NAME -> CertificateVerifier.X509_V_ERR_HOSTNAME_MISMATCH;
        case PIN -> CertificateVerifier.X509_V_ERR_CERT_REJECTED;
        case DEPTH -> CertificateVerifier.X509_V_ERR_CERT_CHAIN_TOO_LONG;
        // One of those that have no alert of their own.
        case NOT_LISTED, DENIED -> CertificateVerifier.X509_V_ERR_DIFFERENT_CRL_SCOPE;
        case EXPIRED -> CertificateVerifier.X509_V_ERR_CERT_HAS_EXPIRED;
      };
    }
    if (TlsFailures.find(refused, RevocationUnknownException.class) != null) {
      return CertificateVerifier.X509_V_ERR_DIFFERENT_CRL_SCOPE;
    }
    if (refused instanceof WeakKeyException) {
      return CertificateVerifier.X509_V_ERR_CERT_REJECTED;
    }
    if (refused instanceof TrustedAuthorities.NoneLeft) {
      return CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    }
    if (TlsFailures.find(refused, CertificateRevokedException.class) != null) {
      return CertificateVerifier.X509_V_ERR_CERT_REVOKED;
    }
    if (TlsFailures.find(refused, CertificateExpiredException.class) != null) {
      return CertificateVerifier.X509_V_ERR_CERT_HAS_EXPIRED;
    }
    if (TlsFailures.find(refused, CertificateNotYetValidException.class) != null) {
      return CertificateVerifier.X509_V_ERR_CERT_NOT_YET_VALID;
    }
    CertPathValidatorException path = TlsFailures.find(refused, CertPathValidatorException.class);
    if (path != null && path.getReason() != PKIXReason.NO_TRUST_ANCHOR) {
      return CertificateVerifier.X509_V_ERR_CERT_REJECTED;
    }
    if (path == null
        && TlsFailures.find(refused, CertPathBuilderException.class) == null
        && isForAnotherUse(leaf, role)) {
      return CertificateVerifier.X509_V_ERR_INVALID_PURPOSE;
    }
    return CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
  }

  private static boolean isForAnotherUse(X509Certificate leaf, Role role) {
    try {
      List<String> uses = leaf.getExtendedKeyUsage();
      boolean[] keyUses = leaf.getKeyUsage();
      return (uses != null && !uses.contains(role.extendedKeyUsage()))
          || (keyUses != null && !keyUses[DIGITAL_SIGNATURE]);
    } catch (CertificateParsingException unreadable) {
      return false;
    }
  }
}
