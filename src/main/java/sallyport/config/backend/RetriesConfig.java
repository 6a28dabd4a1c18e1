package sallyport.config.backend;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of retries of requests that may be sent again.
 *
 * @param attempts after the first one of a request; 0: none
 * @param budget retries for 100 requests to the backend, beside the least rate
 * @param tryTimeout after which an attempt without the head of a response gives way to another
 *     endpoint; 0: never
 */
public record RetriesConfig(
    @Limit(key = "attempts", min = "0", max = "10", looser = Looser.RAISED) int attempts,
    @Limit(key = "budget", min = "0%", max = "100%", looser = Looser.RAISED) int budget,
    @Limit(
            key = "try-timeout",
            min = "0s",
            max = "1h",
            looser = Looser.NEVER,
            reason = "how long work may take")
        Duration tryTimeout) {}
