package sallyport.credentials.revocation.ocsp;

/** Absence of an OCSP answer that can be relied on. */
final class OcspFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** Cause of the failure. */
  enum Kind {
    /** The responder was not reached, or took too long. */
    UNREACHABLE,
    /** The responder refused to answer, or its answer is invalid. */
    REFUSED,
    /** What it said was not signed by who may, is of another certificate, or out of its time. */
    NOT_BELIEVED
  }

  private final Kind kind;

  OcspFailure(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
