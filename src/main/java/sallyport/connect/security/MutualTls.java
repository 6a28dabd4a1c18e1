package sallyport.connect.security;

import sallyport.tls.upstream.UpstreamTls;

/**
 * Both ends show a certificate. The end of what either sends is authenticated (close_notify).
 *
 * @param tls the identity and the trust in use
 */
public record MutualTls(UpstreamTls tls) implements Security {}
