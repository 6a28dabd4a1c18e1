package sallyport.config.stream;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Limits of the ClientHello of TLS that passes unopened.
 *
 * @param maxBytes the largest one that is read
 * @param timeout from accept to a complete one
 */
public record HelloConfig(
    @Limit(key = "client-hello.max-size", min = "512B", max = "16KiB", looser = Looser.RAISED)
        long maxBytes,
    @Limit(key = "client-hello.timeout", min = "10ms", max = "1m", looser = Looser.RAISED)
        Duration timeout) {}
