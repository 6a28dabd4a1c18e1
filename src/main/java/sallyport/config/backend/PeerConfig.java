package sallyport.config.backend;

import java.util.Set;
import sallyport.config.address.PeerNames;
import sallyport.config.problem.ConfigLocation;

/**
 * Demands on a backend's certificate beside a trusted authority.
 *
 * @param names one of which it must have, as {@link PeerNames} writes them; empty: the host's
 * @param pins of keys, one of which must be in its chain, such as {@code sha256/BASE64=}; empty:
 *     any
 * @param pinsLocation where the pins stand
 */
public record PeerConfig(Set<String> names, Set<String> pins, ConfigLocation pinsLocation) {}
