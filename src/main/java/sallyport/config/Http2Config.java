package sallyport.config;

/**
 * HTTP/2 in front.
 *
 * @param enabled whether ALPN offers {@code h2}
 * @param maxConcurrentStreams a connection's open streams, 1 to 1000
 * @param initialWindowBytes how much of a body a client may send before we have taken it, per
 *     stream; 65535 to 16 MiB
 */
public record Http2Config(boolean enabled, int maxConcurrentStreams, int initialWindowBytes) {}
