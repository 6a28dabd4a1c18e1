package sallyport.credentials.revocation.crl;

import java.security.cert.CRLReason;
import java.security.cert.X509Certificate;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Revocation status of a peer's certificates. */
public sealed interface CrlFinding {
  /** None was revoked. */
  record Good() implements CrlFinding {}

  /**
   * This one was.
   *
   * @param reason null where none is given
   */
  record Revoked(X509Certificate certificate, Instant since, @Nullable CRLReason reason)
      implements CrlFinding {}

  /**
   * Of one it is not known.
   *
   * @param why for people
   */
  record Unknown(String why) implements CrlFinding {}
}
