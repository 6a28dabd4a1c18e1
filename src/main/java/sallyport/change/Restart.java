package sallyport.change;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import sallyport.config.GatewayConfig;

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
        "runtime.tcp-user-timeout",
        before.runtime().tcpUserTimeout(),
        after.runtime().tcpUserTimeout(),
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
    if (!Set.copyOf(before.issued()).equals(Set.copyOf(after.issued()))) {
      lines.add("acme: other certificates that authorities issue need a restart");
    }
    return List.copyOf(lines);
  }

  private static void check(String key, Object before, Object after, List<String> lines) {
    if (!Objects.equals(before, after)) {
      lines.add("%s %s -> %s needs a restart".formatted(key, before, after));
    }
  }
}
