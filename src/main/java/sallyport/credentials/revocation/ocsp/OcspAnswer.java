package sallyport.credentials.revocation.ocsp;

import java.security.cert.CRLReason;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Verified answer of a responder about one certificate (RFC 6960). Immutable.
 *
 * @param der as it came
 * @param nextUpdate until when it may be relied on
 * @param since when the certificate was revoked; null unless it was
 * @param reason why; null where none is given
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record OcspAnswer(
    byte[] der,
    Status status,
    Instant thisUpdate,
    Instant nextUpdate,
    @Nullable Instant since,
    @Nullable CRLReason reason) {
  enum Status {
    GOOD,
    REVOKED,
    /** The responder does not know the certificate. */
    UNKNOWN
  }

  boolean isCurrent(Instant now) {
    return now.isBefore(nextUpdate);
  }
}
