package sallyport.config.tls;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Cache of TLS 1.2 sessions, for clients that take no tickets.
 *
 * @param size how many, of each certificate; 0: none
 * @param timeout how long a TLS 1.2 session may be resumed, by its identifier or by a ticket; above
 *     0
 */
public record SessionCacheConfig(
    @Limit(
            key = "size",
            min = "0",
            max = "1000000",
            looser = Looser.NEVER,
            reason = "capacity (decision 42)")
        int size,
    @Limit(key = "timeout", min = "1m", max = "7d", looser = Looser.RAISED) Duration timeout) {}
