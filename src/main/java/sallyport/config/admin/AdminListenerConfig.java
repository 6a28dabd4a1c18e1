package sallyport.config.admin;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.AdminTlsConfig;
import sallyport.config.problem.ConfigLocation;

/**
 * One admin listener.
 *
 * @param name {@code admin}, {@code admin.metrics} or {@code admin.control}; a metric tag
 * @param parts what it serves; at least one
 * @param tls null for a plain one
 * @param roles of operators, where it serves control under TLS; else none
 */
public record AdminListenerConfig(
    String name,
    Set<AdminPart> parts,
    AdminBind bind,
    @Nullable AdminTlsConfig tls,
    RolesConfig roles,
    ConfigLocation location) {
  Optional<AdminTlsConfig> tlsIfAny() {
    return Optional.ofNullable(tls);
  }
}
