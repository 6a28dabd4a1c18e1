package sallyport.tls.policy;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import javax.net.ssl.SSLSession;

/**
 * Outcome of a finished handshake.
 *
 * @param group as BoringSSL names it; empty where there was no key exchange
 */
public record Negotiated(String version, String cipher, String group, boolean resumed) {
  public static Negotiated of(SslHandler ssl) {
    ReferenceCountedOpenSslEngine engine = (ReferenceCountedOpenSslEngine) ssl.engine();
    SSLSession session = engine.getSession();
    long pointer = engine.sslPointer();
    return new Negotiated(
        session.getProtocol(),
        session.getCipherSuite(),
        groupName(pointer),
        SSL.isSessionReused(pointer));
  }

  private static String groupName(long pointer) {
    try {
      String name = SSL.getGroupName(pointer);
      return name == null ? "" : name;
    } catch (Exception unknownToTheLibrary) {
      // An unknown group fails the policy, unless the session was resumed.
      return "";
    }
  }
}
