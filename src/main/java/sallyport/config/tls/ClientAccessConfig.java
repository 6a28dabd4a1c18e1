package sallyport.config.tls;

import java.util.Set;
import sallyport.config.address.PeerNames;

/**
 * Demands of a route on its clients beyond those of the listener; others get 403.
 *
 * @param required whether a client needs a certificate
 * @param allow one of which it must be, as {@link PeerNames} writes them; empty: every client
 */
public record ClientAccessConfig(boolean required, Set<String> allow) {
  /** Nothing. */
  public static final ClientAccessConfig ANYBODY = new ClientAccessConfig(false, Set.of());
}
