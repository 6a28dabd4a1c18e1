package sallyport.config.backend;

import java.time.Duration;

/**
 * Connections to one endpoint.
 *
 * @param maxConnections open at once over all event loops; above it requests wait, then 503
 * @param maxIdlePerLoop kept for reuse by each event loop; 0 keeps none
 * @param share whether one client's requests may follow another's on a connection
 * @param idleTimeout how long an unused one is kept; shorter than the backend's own
 */
public record PoolConfig(
    int maxConnections, int maxIdlePerLoop, boolean share, Duration idleTimeout) {}
