package sallyport.http.forwarded;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import sallyport.net.ClientAuthentication;

/**
 * Properties of a client connection, after its TLS handshake if it has TLS; the same for all its
 * exchanges.
 *
 * @param listener the listener's name
 * @param client the other end
 * @param local our end
 * @param port that the client used, as far as the connection or the configuration tells: 1 to
 *     65535; a port in Host tells better
 * @param trustedProxy whether the client may speak for others in forwarding headers
 * @param tlsVersion such as {@code TLSv1.3}; empty without TLS
 * @param tlsCipher the suite's IANA name; empty without TLS
 * @param tlsGroup the key exchange group; empty when unknown
 * @param serverName the SNI, lower case, without the dot of the root; null when the client sent
 *     none
 * @param oneHost whether requests must be for the server name, where there is one
 * @param proof what came of them
 * @param forwardedFor resolver of the client of each request
 */
public record ConnectionInfo(
    String listener,
    InetSocketAddress client,
    InetSocketAddress local,
    int port,
    boolean trustedProxy,
    String tlsVersion,
    String tlsCipher,
    String tlsGroup,
    @Nullable String serverName,
    boolean oneHost,
    ClientAuthentication proof,
    ForwardedFor forwardedFor) {
  /** Returns the scheme of its requests, {@code https} or {@code http}. */
  String scheme() {
    return tlsVersion.isEmpty() ? "http" : "https";
  }
}
