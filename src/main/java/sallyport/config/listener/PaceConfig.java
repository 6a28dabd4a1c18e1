package sallyport.config.listener;

import java.time.Duration;

/**
 * How fast a client has to be, on average over a window in which it is its turn.
 *
 * @param minRequestRate bytes of a request body in a second; 0: none
 * @param minResponseRate bytes of a response in a second, while some wait for the client; 0: none
 * @param window over which the average is taken, not counting pauses
 */
public record PaceConfig(long minRequestRate, long minResponseRate, Duration window) {}
