package sallyport.config.backend;

import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Limits of a backend.
 *
 * @param maxFields header fields of a response, and its trailer fields, each for themselves
 * @param maxRequests in flight to all endpoints over all event loops; above it 503
 * @param maxWaiting those of them that wait for a connection; above it 503
 */
public record BackendLimitsConfig(
    @Limit(key = "max-fields", min = "16", max = "10000", looser = Looser.RAISED) int maxFields,
    @Limit(key = "max-requests", min = "1", max = "1000000", looser = Looser.RAISED)
        int maxRequests,
    @Limit(key = "max-waiting", min = "1", max = "100000", looser = Looser.RAISED)
        int maxWaiting) {}
