package sallyport.config.certificate;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of signatures by keys that stay in a token.
 *
 * @param threads that wait for tokens, and so the sessions that are used at a time; 1 or more
 * @param maxWaiting signatures that may wait for a thread; over it the handshake fails
 * @param timeout for one, waiting included; over it the handshake fails
 */
public record SignersConfig(
    @Limit(
            key = "threads",
            min = "1",
            max = "256",
            looser = Looser.NEVER,
            reason = "a change needs a restart")
        int threads,
    @Limit(
            key = "max-waiting",
            min = "1",
            max = "100000",
            looser = Looser.NEVER,
            reason = "a change needs a restart")
        int maxWaiting,
    @Limit(
            key = "timeout",
            min = "10ms",
            max = "1m",
            looser = Looser.NEVER,
            reason = "a change needs a restart")
        Duration timeout) {}
