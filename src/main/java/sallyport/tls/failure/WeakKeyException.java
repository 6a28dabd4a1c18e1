package sallyport.tls.failure;

import java.security.cert.CertificateException;

/** Weak key or signature in a peer's chain. */
public final class WeakKeyException extends CertificateException {
  private static final long serialVersionUID = 1L;

  public WeakKeyException(String message) {
    super(message);
  }
}
