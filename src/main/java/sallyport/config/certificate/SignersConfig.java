package sallyport.config.certificate;

import java.time.Duration;

/**
 * How signatures are had from keys that stay in a token.
 *
 * @param threads that wait for tokens, and so the sessions that are used at a time; 1 or more
 * @param maxWaiting signatures that may wait for a thread; over it the handshake fails
 * @param timeout for one, waiting included; over it the handshake fails
 */
public record SignersConfig(int threads, int maxWaiting, Duration timeout) {}
