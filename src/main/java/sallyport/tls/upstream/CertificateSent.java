package sallyport.tls.upstream;

import java.util.Collections;
import java.util.List;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/**
 * Record of whether the gateway's certificate was sent to a backend. A resumed session has no
 * CertificateRequest (RFC 8446 section 4.3.2), so that the answer of the full handshake is kept
 * with the session.
 */
final class CertificateSent {
  private static final String SENT = "sallyport.certificate-sent";

  private CertificateSent() {}

  /**
   * Records and returns whether the certificate was sent. To be called once for each finished
   * handshake, on its event loop.
   *
   * @param resumed whether the handshake resumed an earlier session
   * @return false when the backend did not ask for a certificate
   */
  static boolean in(SSLSession session, boolean resumed) {
    Object before = session.getValue(SENT);
    if (resumed) {
      return Boolean.TRUE.equals(before);
    }
    // Set for a certificate that was sent, see ConfiguredKeyManager: the engine has no alias else.
    boolean sent = session.getLocalCertificates() != null;
    if (before != null && !before.equals(sent)) {
      // The session was offered and declined, and shares its values with those that it began.
      forgetAll(session.getSessionContext());
    }
    session.putValue(SENT, sent);
    return sent;
  }

  private static void forgetAll(@Nullable SSLSessionContext sessions) {
    if (sessions == null) {
      return;
    }
    List<byte[]> ids = Collections.list(sessions.getIds());
    for (byte[] id : ids) {
      SSLSession session = sessions.getSession(id);
      if (session != null) {
        session.invalidate();
      }
    }
  }
}
