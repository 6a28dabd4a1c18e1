package sallyport.tls.server;

import org.jspecify.annotations.Nullable;
import sallyport.net.ClientAuthentication;

/**
 * Parameters that were negotiated with a client, and approved. Fired down the pipeline as a user
 * event, once, when requests may follow. Immutable.
 *
 * @param version such as {@code TLSv1.3}
 * @param cipher the suite's IANA name
 * @param group the key exchange group, such as {@code X25519}; empty when unknown
 * @param serverName the SNI, lower case, without the dot of the root; null when the client sent
 *     none
 * @param alpn {@code h2} or {@code http/1.1}; null when none was agreed on
 * @param proof what came of asking for a certificate
 */
public record TlsInfo(
    String version,
    String cipher,
    String group,
    @Nullable String serverName,
    boolean resumed,
    @Nullable String alpn,
    ClientAuthentication proof) {}
