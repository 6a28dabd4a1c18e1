package sallyport.connect.security;

import sallyport.tls.upstream.UpstreamTls;

/**
 * Mutual TLS: both ends present a certificate, and close_notify authenticates the end of the data.
 *
 * @param tls the identity and the trust in use
 */
public record MutualTls(UpstreamTls tls) implements Security {}
