package sallyport.config.tls;

import java.time.Duration;

/**
 * Session tickets, by which a client resumes its session.
 *
 * @param source where their keys come from
 * @param life how long a key seals new tickets; above 0
 * @param accepted how much longer its tickets are taken; 0 to 100 times {@code life}
 */
public record SessionTicketsConfig(TicketSourceConfig source, Duration life, Duration accepted) {}
