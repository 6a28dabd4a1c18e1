package sallyport.connect.security;

import io.netty.channel.Channel;

/**
 * Established connection whose ends are authenticated, or on this machine.
 *
 * @param protocol what both chose by ALPN (RFC 7301), or what is configured without TLS; {@code
 *     http/1.1} where the endpoint did not choose
 * @param validUntilNanos when the first of the identities expires that it rests on, {@link
 *     System#nanoTime()}
 * @param authenticatedEnd whether the endpoint announces the end of what it sends, so that an end
 *     without that may be a cut
 */
public record Established(
    Channel channel, String protocol, long validUntilNanos, boolean authenticatedEnd) {}
