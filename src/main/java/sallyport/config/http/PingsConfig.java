package sallyport.config.http;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of PING on HTTP/2 connections.
 *
 * @param interval a silence of this length, while streams are open, is a reason to ask; 0: never
 * @param timeout how long it may stay silent after that; then the connection is given up
 */
public record PingsConfig(
    @Limit(
            key = "interval",
            min = "100ms",
            max = "1h",
            orZero = true,
            looser = Looser.RAISED_OR_ZERO)
        Duration interval,
    @Limit(key = "timeout", min = "10ms", max = "5m", looser = Looser.RAISED) Duration timeout) {}
