package sallyport.config.admin;

import java.util.Set;

/**
 * Roles of operators by the names of their certificates, as {@link
 * sallyport.config.address.PeerNames} writes them. A certificate without one of these has no role.
 *
 * @param read who may see the status
 * @param operate who may give orders too
 */
public record RolesConfig(Set<String> read, Set<String> operate) {
  /** No roles. */
  public static final RolesConfig NONE = new RolesConfig(Set.of(), Set.of());
}
