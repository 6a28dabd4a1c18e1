package sallyport.config.http;

import java.time.Duration;
import sallyport.config.read.ConfigReader;

/**
 * When the other end of an HTTP/2 connection is asked whether it is there (PING).
 *
 * @param interval a silence of this length, while streams are open, is a reason to ask; 0: never
 * @param timeout how long it may stay silent after that; then the connection is given up
 */
public record PingsConfig(Duration interval, Duration timeout) {
  public static PingsConfig read(ConfigReader in) {
    PingsConfig pings =
        new PingsConfig(
            in.durationOrZero("interval", Duration.ofMillis(100), Duration.ofHours(1)),
            in.duration("timeout", Duration.ofMillis(10), Duration.ofMinutes(5)));
    in.finish();
    return pings;
  }
}
