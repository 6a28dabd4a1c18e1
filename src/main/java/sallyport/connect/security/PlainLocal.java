package sallyport.connect.security;

import sallyport.config.address.PeerUser;

/**
 * Connections without TLS that no octet leaves this machine by.
 *
 * @param peerUser who listens at Unix sockets
 * @param own user of the gateway
 * @param protocol that is spoken, as ALPN names it; empty for a stream
 */
public record PlainLocal(PeerUser peerUser, int own, String protocol) implements Security {}
