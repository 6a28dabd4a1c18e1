package sallyport.tls.failure;

import java.security.cert.CertificateException;

/** Refusal of a peer whose chain ends at a trusted authority. */
public final class PeerRefused extends CertificateException {
  private static final long serialVersionUID = 1L;

  /** Rule that the chain does not keep. */
  public enum Reason {
    NAME,
    PIN,
    /** Too many certificates between a client's and its authority. */
    DEPTH,
    /** On no allow list. */
    NOT_LISTED,
    /** On the deny list. */
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
