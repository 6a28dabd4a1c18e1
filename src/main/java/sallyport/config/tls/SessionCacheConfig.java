package sallyport.config.tls;

import java.time.Duration;

/**
 * Sessions of TLS 1.2 that the gateway itself remembers, for clients that take no tickets.
 *
 * @param size how many, of each certificate; 0: none
 * @param timeout how long a TLS 1.2 session may be resumed, by its identifier or by a ticket; above
 *     0
 */
public record SessionCacheConfig(int size, Duration timeout) {}
