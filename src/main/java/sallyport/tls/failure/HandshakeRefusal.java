package sallyport.tls.failure;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Locale;
import sallyport.net.Failure;

/**
 * Reason why a client's handshake failed or was refused: a tag of metrics, and a field of the audit
 * log.
 */
public enum HandshakeRefusal {
  NOT_TLS(Alert.NONE),
  /** HTTP in clear text, which is answered: TLS has no alert that its client would understand. */
  PLAIN_HTTP(Alert.NONE),
  /** PostgreSQL in clear text, which gets an ErrorResponse. */
  PLAIN_POSTGRES(Alert.NONE),
  MALFORMED_CLIENT_HELLO(Alert.DECODE_ERROR),
  CLIENT_HELLO_TOO_LARGE(Alert.NONE),
  CLIENT_HELLO_TIMEOUT(Alert.NONE),
  NO_COMMON_VERSION(Alert.PROTOCOL_VERSION),
  NO_COMMON_CIPHER(Alert.HANDSHAKE_FAILURE),
  NO_COMMON_GROUP(Alert.HANDSHAKE_FAILURE),
  NO_COMMON_SIGNATURE(Alert.HANDSHAKE_FAILURE),
  /** The client offers protocols by ALPN, and none that the listener speaks (RFC 7301). */
  NO_COMMON_PROTOCOL(Alert.NO_APPLICATION_PROTOCOL),
  UNKNOWN_SNI(Alert.UNRECOGNIZED_NAME),
  /** The certificate for the name has yet to be issued. */
  NO_CERTIFICATE(Alert.INTERNAL_ERROR),
  /** A challenge is asked for that is not open (RFC 8737). */
  NO_CHALLENGE(Alert.NO_APPLICATION_PROTOCOL),
  /**
   * Too many handshakes wait for their turn, or this one has waited too long: closed before
   * anything was spent on it.
   */
  OVERLOADED(Alert.NONE),
  HANDSHAKE_TIMEOUT(Alert.NONE),
  CLIENT_CERTIFICATE_MISSING(Alert.NONE),
  CLIENT_CERTIFICATE_REFUSED(Alert.NONE),
  CLIENT_CERTIFICATE_NOT_LISTED(Alert.NONE),
  CLIENT_CERTIFICATE_DENIED(Alert.NONE),
  CLIENT_CERTIFICATE_REVOKED(Alert.NONE),
  /** It is not known whether the client's certificate was revoked, and must be. */
  CLIENT_REVOCATION_UNKNOWN(Alert.NONE),
  /** The client ended the handshake, mostly because it did not accept our certificate. */
  CLIENT_ALERT(Alert.NONE),
  /** The key that stays in a token did not sign; nothing of the handshake has been sent by then. */
  SIGNATURE_FAILED(Alert.INTERNAL_ERROR),
  CLIENT_CLOSED(Alert.NONE),
  POLICY_VIOLATED(Alert.NONE),
  OTHER(Alert.NONE);

  /** Alert descriptions (RFC 8446 section 6). */
  private static final class Alert {
    /** None: the TLS engine has sent one, or the client would not understand it. */
    static final int NONE = -1;

    static final int HANDSHAKE_FAILURE = 40;
    static final int DECODE_ERROR = 50;
    static final int PROTOCOL_VERSION = 70;
    static final int INTERNAL_ERROR = 80;
    static final int UNRECOGNIZED_NAME = 112;
    static final int NO_APPLICATION_PROTOCOL = 120;
  }

  private final int alert;

  HandshakeRefusal(int alert) {
    this.alert = alert;
  }

  /** Returns the refusal of a client whose certificate is trusted. */
  static HandshakeRefusal of(PeerRefused.Reason reason) {
    return switch (reason) {
      case NOT_LISTED -> CLIENT_CERTIFICATE_NOT_LISTED;
      case DENIED -> CLIENT_CERTIFICATE_DENIED;
      case DEPTH, EXPIRED, NAME, PIN -> CLIENT_CERTIFICATE_REFUSED;
    };
  }

  /** Returns the same reason for a client that is answered in HTTP. */
  public Failure.Access answered() {
    return switch (this) {
      case CLIENT_CERTIFICATE_MISSING -> Failure.Access.CLIENT_CERTIFICATE_MISSING;
      case CLIENT_CERTIFICATE_NOT_LISTED -> Failure.Access.CLIENT_CERTIFICATE_NOT_LISTED;
      case CLIENT_CERTIFICATE_DENIED -> Failure.Access.CLIENT_CERTIFICATE_DENIED;
      case CLIENT_CERTIFICATE_REVOKED -> Failure.Access.CLIENT_CERTIFICATE_REVOKED;
      case CLIENT_REVOCATION_UNKNOWN -> Failure.Access.CLIENT_REVOCATION_UNKNOWN;
      default -> Failure.Access.CLIENT_CERTIFICATE_REFUSED;
    };
  }

  /** Returns the alert that is sent to the client, or -1 for none. */
  public int alert() {
    return alert;
  }

  /** Returns a record: alert, version 3.3, two bytes, fatal (RFC 8446 sections 5.1 and 6). */
  public ByteBuf plaintextAlert() {
    return Unpooled.wrappedBuffer(new byte[] {21, 3, 3, 0, 2, 2, (byte) alert});
  }

  /** Returns the name in lower case. */
  public String flag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
