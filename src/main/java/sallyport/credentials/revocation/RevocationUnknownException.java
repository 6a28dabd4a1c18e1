package sallyport.credentials.revocation;

import java.security.cert.CertificateException;

/** Refusal of a peer because it is not known whether its certificate was revoked. */
public final class RevocationUnknownException extends CertificateException {
  private static final long serialVersionUID = 1L;

  RevocationUnknownException(String why) {
    super(why);
  }
}
