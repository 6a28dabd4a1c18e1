package sallyport.tls.failure;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateRevokedException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.revocation.RevocationUnknownException;
import sallyport.net.Failure;
import sallyport.tls.policy.TlsPolicy;

/** Classification of failed handshakes, from the exceptions of Netty, BoringSSL and the JDK. */
public final class TlsFailures {
  /** Alerts that speak of our certificate (RFC 8446 section 6.2), as BoringSSL names them. */
  private static final List<String> CERTIFICATE_ALERTS =
      List.of(
          "ALERT_BAD_CERTIFICATE",
          "ALERT_UNSUPPORTED_CERTIFICATE",
          "ALERT_CERTIFICATE_REVOKED",
          "ALERT_CERTIFICATE_EXPIRED",
          "ALERT_CERTIFICATE_UNKNOWN",
          "ALERT_UNKNOWN_CA",
          "ALERT_ACCESS_DENIED",
          "ALERT_CERTIFICATE_REQUIRED");

  /** A certificate whose key may not sign (RFC 8446 section 4.4.2.2), as BoringSSL names it. */
  private static final String KEY_USAGE = "KEY_USAGE_BIT_INCORRECT";

  private TlsFailures() {}

  /** Classifies a failed handshake with a client. */
  public static HandshakeRefusal ofClient(Throwable cause) {
    if (find(cause, SslHandshakeTimeoutException.class) != null) {
      return HandshakeRefusal.HANDSHAKE_TIMEOUT;
    }
    PeerRefused refused = find(cause, PeerRefused.class);
    if (refused != null) {
      return HandshakeRefusal.of(refused.reason());
    }
    if (find(cause, CertificateRevokedException.class) != null) {
      return HandshakeRefusal.CLIENT_CERTIFICATE_REVOKED;
    }
    if (find(cause, RevocationUnknownException.class) != null) {
      return HandshakeRefusal.CLIENT_REVOCATION_UNKNOWN;
    }
    if (find(cause, CertificateException.class) != null) {
      return HandshakeRefusal.CLIENT_CERTIFICATE_REFUSED;
    }
    String message = messages(cause);
    if (message.contains("PRIVATE_KEY_OPERATION_FAILED")) {
      return HandshakeRefusal.SIGNATURE_FAILED;
    }
    if (message.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE")) {
      return HandshakeRefusal.CLIENT_CERTIFICATE_MISSING;
    }
    if (message.contains("CERTIFICATE_VERIFY_FAILED") || message.contains(KEY_USAGE)) {
      return HandshakeRefusal.CLIENT_CERTIFICATE_REFUSED;
    }
    if (message.contains("UNSUPPORTED_PROTOCOL") || message.contains("WRONG_VERSION_NUMBER")) {
      return HandshakeRefusal.NO_COMMON_VERSION;
    }
    if (message.contains("NO_SHARED_CIPHER")) {
      return HandshakeRefusal.NO_COMMON_CIPHER;
    }
    if (message.contains("NO_SHARED_GROUP")) {
      return HandshakeRefusal.NO_COMMON_GROUP;
    }
    if (message.contains("NO_COMMON_SIGNATURE_ALGORITHMS")) {
      return HandshakeRefusal.NO_COMMON_SIGNATURE;
    }
    if (message.contains("ALERT_")) {
      return HandshakeRefusal.CLIENT_ALERT;
    }
    return find(cause, ClosedChannelException.class) != null || message.contains("CONNECTION RESET")
        ? HandshakeRefusal.CLIENT_CLOSED
        : HandshakeRefusal.OTHER;
  }

  /** Classifies a failed handshake with a backend, or a failed connection to it soon after. */
  public static Failure.Upstream ofBackend(Throwable cause) {
    if (find(cause, WeakKeyException.class) != null) {
      return Failure.Upstream.TLS_WEAK_KEY;
    }
    if (find(cause, CertificateRevokedException.class) != null) {
      return Failure.Upstream.TLS_REVOKED;
    }
    if (find(cause, RevocationUnknownException.class) != null) {
      return Failure.Upstream.TLS_REVOCATION_UNKNOWN;
    }
    PeerRefused refused = find(cause, PeerRefused.class);
    if (refused != null) {
      return switch (refused.reason()) {
        case NAME -> Failure.Upstream.TLS_NAME_MISMATCH;
        case PIN -> Failure.Upstream.TLS_PIN_MISMATCH;
        case DEPTH, NOT_LISTED, DENIED, EXPIRED -> Failure.Upstream.TLS_UNTRUSTED;
      };
    }
    if (isExpired(cause)) {
      return Failure.Upstream.TLS_EXPIRED;
    }
    if (isNameMismatch(cause)) {
      return Failure.Upstream.TLS_NAME_MISMATCH;
    }
    if (find(cause, CertificateException.class) != null
        || find(cause, CertPathBuilderException.class) != null) {
      return Failure.Upstream.TLS_UNTRUSTED;
    }
    String message = messages(cause);
    if (message.contains("ALERT_PROTOCOL_VERSION") || message.contains("UNSUPPORTED_PROTOCOL")) {
      return Failure.Upstream.TLS_POLICY;
    }
    if (message.contains(KEY_USAGE)) {
      return Failure.Upstream.TLS_UNTRUSTED;
    }
    // The backend found none of those that were offered, or chose another one.
    if (message.contains("NO_APPLICATION_PROTOCOL") || message.contains("INVALID_ALPN_PROTOCOL")) {
      return Failure.Upstream.PROTOCOL_MISMATCH;
    }
    // BoringSSL says TLSV1_CERTIFICATE_REQUIRED, without "alert".
    boolean disbelieved =
        message.contains("CERTIFICATE_REQUIRED")
            || CERTIFICATE_ALERTS.stream().anyMatch(message::contains);
    return disbelieved ? Failure.Upstream.TLS_IDENTITY_REFUSED : Failure.Upstream.TLS_HANDSHAKE;
  }

  private static boolean isExpired(Throwable cause) {
    if (find(cause, CertificateExpiredException.class) != null
        || find(cause, CertificateNotYetValidException.class) != null) {
      return true;
    }
    CertPathValidatorException path = find(cause, CertPathValidatorException.class);
    return path != null
        && (path.getReason() == CertPathValidatorException.BasicReason.EXPIRED
            || path.getReason() == CertPathValidatorException.BasicReason.NOT_YET_VALID);
  }

  /**
   * Whether the name of the host does not match. The JDK has no exception for that, only these
   * words.
   */
  private static boolean isNameMismatch(Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      String message = t.getMessage();
      if (t instanceof CertificateException
          && message != null
          && (message.startsWith("No subject alternative") || message.startsWith("No name"))) {
        return true;
      }
    }
    return false;
  }

  /** Returns the reason in BoringSSL's or the JDK's words; nothing that a peer chose freely. */
  public static String detail(Throwable cause) {
    CertificateExpiredException expired = find(cause, CertificateExpiredException.class);
    CertificateNotYetValidException early = find(cause, CertificateNotYetValidException.class);
    if (expired != null || early != null) {
      // The JDK's outer message is the same for both.
      return expired != null
          ? "expired, " + expired.getMessage()
          : "not yet valid, " + Objects.requireNonNull(early).getMessage();
    }
    CertificateException certificate = find(cause, CertificateException.class);
    String message = String.valueOf((certificate != null ? certificate : cause).getMessage());
    if (message.contains(KEY_USAGE)) {
      return "the key usage of the peer's certificate lacks digitalSignature, which TLS needs";
    }
    int internal = message.lastIndexOf("OPENSSL_internal:");
    if (internal >= 0) {
      return message.substring(internal + "OPENSSL_internal:".length());
    }
    if (certificate != null) {
      return message;
    }
    return switch (cause) {
      case ClosedChannelException closed -> "the peer closed the connection";
      case SSLHandshakeException handshake
          when cause.getCause() instanceof ClosedChannelException ->
          "the peer closed the connection";
      case IOException io when !(io instanceof SSLException) && io.getMessage() != null -> message;
      default -> cause.getClass().getSimpleName();
    };
  }

  /**
   * Returns the reason of a failure with a backend, and what to do.
   *
   * @param policy under which the handshake was begun
   */
  public static String detailOfBackend(Throwable cause, TlsPolicy policy) {
    if (find(cause, NotSslRecordException.class) != null) {
      return "the backend answers in plain text, not in TLS; see docs/plain-http-backends.md";
    }
    String detail = detail(cause);
    boolean nothingInCommon =
        detail.contains("ALERT_HANDSHAKE_FAILURE")
            || detail.contains("ALERT_PROTOCOL_VERSION")
            || detail.contains("ALERT_INSUFFICIENT_SECURITY")
            || detail.contains("UNSUPPORTED_PROTOCOL");
    return nothingInCommon
        ? detail
            + "; offered were the versions, suites and groups of the policy "
            + policy.label()
            + " (docs/tls.md), of which the backend may take none"
        : detail;
  }

  /** Returns the first of this type among a failure and its causes; null where there is none. */
  static <T extends Throwable> @Nullable T find(Throwable cause, Class<T> type) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return type.cast(t);
      }
    }
    return null;
  }

  private static String messages(Throwable cause) {
    StringBuilder text = new StringBuilder();
    for (Throwable t = cause; t != null; t = t.getCause()) {
      text.append(t.getMessage()).append('\n');
    }
    return text.toString().toUpperCase(Locale.ROOT);
  }
}
