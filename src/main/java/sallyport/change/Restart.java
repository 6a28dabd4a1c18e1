package sallyport.change;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import sallyport.config.CertificateConfig;
import sallyport.config.GatewayConfig;
import sallyport.config.ListenerConfig;

/** Says what of another configuration cannot be applied while the gateway runs. */
public final class Restart {
  private Restart() {}

  /**
   * @return a line for each setting, such as {@code runtime.workers 2 -> 4 needs a restart}; empty
   *     when all can be applied
   */
  public static List<String> neededFor(GatewayConfig before, GatewayConfig after) {
    List<String> lines = new ArrayList<>();
    check("runtime.transport", before.runtime().transport(), after.runtime().transport(), lines);
    check("runtime.workers", before.runtime().workers(), after.runtime().workers(), lines);
    check(
        "runtime.max-buffer-memory",
        before.runtime().maxBufferMemory(),
        after.runtime().maxBufferMemory(),
        lines);
    check(
        "audit-log.lines-per-second",
        before.auditLog().linesPerSecond(),
        after.auditLog().linesPerSecond(),
        lines);
    check("keys.signers", before.keys().signers(), after.keys().signers(), lines);
    check("admin.bind", before.admin().bind(), after.admin().bind(), lines);
    if (!before.acme().equals(after.acme())) {
      lines.add("acme: other accounts need a restart");
    }
    if (!issued(before).equals(issued(after))) {
      lines.add("acme: other certificates that authorities issue need a restart");
    }
    return List.copyOf(lines);
  }

  /** The certificates that authorities issue by themselves, of all listeners. */
  private static Set<CertificateConfig> issued(GatewayConfig config) {
    return config.listeners().values().stream()
        .filter(ListenerConfig.Tls.class::isInstance)
        .flatMap(listener -> ((ListenerConfig.Tls) listener).tls().certificates().stream())
        .filter(CertificateConfig.Acme.class::isInstance)
        .collect(Collectors.toSet());
  }

  private static void check(String key, Object before, Object after, List<String> lines) {
    if (!Objects.equals(before, after)) {
      lines.add("%s %s -> %s needs a restart".formatted(key, before, after));
    }
  }
}
