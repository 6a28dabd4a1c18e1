package sallyport.config.listener;

import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;

/**
 * Limits of one source: an IPv4 address, or an IPv6 network of 64 bits.
 *
 * @param maxConnections open at once; a further one is closed as soon as it is accepted
 * @param newConnections how fast it may open them; over it they are closed before any TLS
 */
public record PerSourceConfig(
    @Limit(key = "max-connections", min = "1", max = "1000000", looser = Looser.RAISED)
        int maxConnections,
    @Section("new-connections") RateConfig newConnections) {}
