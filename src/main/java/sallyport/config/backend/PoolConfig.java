package sallyport.config.backend;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Switch;

/**
 * Settings of the connections to one endpoint.
 *
 * @param maxConnections open at once over all event loops; above it requests wait, then 503
 * @param maxIdlePerLoop kept for reuse by each event loop; 0 keeps none
 * @param share whether one client's requests may follow another's on a connection
 * @param idleTimeout how long an unused one is kept; shorter than the backend's own
 * @param maxAge how long a connection gets new exchanges; those that one client has for itself are
 *     exempt
 */
public record PoolConfig(
    @Limit(
            key = "max-connections",
            min = "1",
            max = "100000",
            looser = Looser.NEVER,
            reason = "capacity (decision 42)")
        int maxConnections,
    @Limit(
            key = "max-idle-per-loop",
            min = "0",
            max = "10000",
            looser = Looser.NEVER,
            reason = "capacity (decision 42)")
        int maxIdlePerLoop,
    @Switch("share") boolean share,
    @Limit(
            key = "idle-timeout",
            min = "10ms",
            max = "1h",
            looser = Looser.NEVER,
            reason = "how long connections are reused")
        Duration idleTimeout,
    @Limit(
            key = "max-age",
            min = "10ms",
            max = "1d",
            looser = Looser.NEVER,
            reason = "how long connections are reused")
        Duration maxAge) {}
