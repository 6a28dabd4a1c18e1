package sallyport.config.listener;

import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.Section;
import sallyport.config.tls.ServerTlsConfig;

/**
 * TLS of an admin listener.
 *
 * @param name {@code admin.metrics} or {@code admin.control}
 */
public record AdminTlsConfig(
    String name, @Section("tls") ServerTlsConfig tls, ConfigLocation location)
    implements TlsListenerConfig {}
