package sallyport.tls;

import java.security.cert.CertificateException;

/** Weak key or signature in a peer's chain. */
final class WeakKeyException extends CertificateException {
  private static final long serialVersionUID = 1L;

  WeakKeyException(String message) {
    super(message);
  }
}
