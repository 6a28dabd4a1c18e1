package sallyport.credentials.revocation;

import java.security.cert.CertificateException;

/**
 * It is not known whether a peer's certificate was revoked, and without that it is not believed.
 */
public final class RevocationUnknownException extends CertificateException {
  private static final long serialVersionUID = 1L;

  RevocationUnknownException(String why) {
    super(why);
  }
}
