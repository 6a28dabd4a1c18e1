package sallyport.config.admin;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.AdminTlsConfig;

/**
 * The admin listeners. Each {@link AdminPart} is at exactly one of them.
 *
 * @param hosts names that they are asked by, besides addresses and localhost; lower case, without a
 *     port and the dot of the root
 * @param listeners one for both parts, or one for each; at most one of them is {@code admin}
 */
public record AdminConfig(Set<String> hosts, List<AdminListenerConfig> listeners) {
  /** Returns the listener that has a part. */
  public AdminListenerConfig of(AdminPart part) {
    return listeners.stream().filter(each -> each.parts().contains(part)).findFirst().orElseThrow();
  }

  /** Returns the listener of this name; null for none. */
  public @Nullable AdminListenerConfig listener(String name) {
    return listeners.stream().filter(each -> each.name().equals(name)).findFirst().orElse(null);
  }

  /** Returns TLS of the listeners that have it. */
  public List<AdminTlsConfig> tls() {
    return listeners.stream().flatMap(each -> each.tlsIfAny().stream()).toList();
  }
}
