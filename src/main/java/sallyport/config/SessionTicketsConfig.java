package sallyport.config;

import java.time.Duration;

/**
 * Session tickets, by which a client resumes its session.
 *
 * @param life how long a key seals new tickets; above 0
 * @param accepted how much longer its tickets are taken; 0 or more
 */
public record SessionTicketsConfig(Duration life, Duration accepted) {}
