package sallyport.config.listener;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Least transfer rates of a client, on average over a window.
 *
 * @param minRequestRate bytes of a request body in a second; 0: none
 * @param minResponseRate bytes of a response in a second, while some wait for the client; 0: none
 * @param window over which the average is taken, not counting pauses
 */
public record PaceConfig(
    @Limit(key = "min-request-rate", min = "0B", max = "1MiB", looser = Looser.LOWERED)
        long minRequestRate,
    @Limit(key = "min-response-rate", min = "0B", max = "1MiB", looser = Looser.LOWERED)
        long minResponseRate,
    @Limit(key = "rate-window", min = "100ms", max = "1h", looser = Looser.RAISED)
        Duration window) {}
