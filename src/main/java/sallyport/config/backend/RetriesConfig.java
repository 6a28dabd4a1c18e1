package sallyport.config.backend;

import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of retries of requests that may be sent again.
 *
 * @param attempts after the first one of a request; 0: none
 * @param budget retries for 100 requests to the backend, beside the least rate
 */
public record RetriesConfig(
    @Limit(key = "attempts", min = "0", max = "10", looser = Looser.RAISED) int attempts,
    @Limit(key = "budget", min = "0%", max = "100%", looser = Looser.RAISED) int budget) {}
