package sallyport.config.listener;

/**
 * What one source may have of a listener: an IPv4 address, or an IPv6 network of 64 bits.
 *
 * @param maxConnections open at once; a further one is closed as soon as it is accepted
 * @param newConnections how fast it may open them; over it they are closed before any TLS
 */
public record PerSourceConfig(int maxConnections, RateConfig newConnections) {}
