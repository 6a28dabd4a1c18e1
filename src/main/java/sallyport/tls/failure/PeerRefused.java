package sallyport.tls.failure;

import java.security.cert.CertificateException;

/** A peer's chain ends at an authority that is trusted, and is refused all the same. */
public final class PeerRefused extends CertificateException {
  private static final long serialVersionUID = 1L;

  /** What was held against it. */
  public enum Reason {
    NAME,
    PIN,
    /** Too many certificates between a client's and its authority. */
    DEPTH,
    /** On no list of clients that are let in. */
    NOT_LISTED,
    /** On the list of those that are let in no more. */
    DENIED,
    /** Expired since its session began. */
    EXPIRED
  }

  private final Reason reason;

  /**
   * @param message holds nothing that a peer chose freely
   */
  public PeerRefused(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
