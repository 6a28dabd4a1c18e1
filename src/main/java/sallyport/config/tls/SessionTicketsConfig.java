package sallyport.config.tls;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of session tickets, by which clients resume sessions.
 *
 * @param source where their keys come from
 * @param life how long a key seals new tickets; above 0
 * @param accepted how much longer its tickets are taken; 0 to 100 times {@code life}
 */
public record SessionTicketsConfig(
    TicketSourceConfig source,
    @Limit(key = "life", min = "1m", max = "7d", looser = Looser.RAISED) Duration life,
    @Limit(key = "accepted", min = "0", max = "7d", looser = Looser.RAISED) Duration accepted) {}
