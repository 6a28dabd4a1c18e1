package sallyport.config;

import java.util.Set;
import sallyport.config.address.BindAddress;

/**
 * The admin listener: plain HTTP, for metrics and health; keep it on loopback.
 *
 * @param hosts names that it is asked by, besides addresses and localhost; lower case, without a
 *     port and the dot of the root
 */
public record AdminConfig(BindAddress bind, Set<String> hosts) {}
