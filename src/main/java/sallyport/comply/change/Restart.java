package sallyport.comply.change;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.admin.AdminListenerConfig;
import sallyport.config.admin.AdminPart;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.SignersConfig;
import sallyport.config.setting.Settings;
import sallyport.values.DurationText;
import sallyport.values.SizeText;

/** Settings that cannot be applied while the gateway runs. */
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
        memory(before.runtime().maxBufferMemory()),
        memory(after.runtime().maxBufferMemory()),
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
    SignersConfig signers = before.keys().signers();
    SignersConfig next = after.keys().signers();
    check("keys.signers.threads", signers.threads(), next.threads(), lines);
    check("keys.signers.max-waiting", signers.maxWaiting(), next.maxWaiting(), lines);
    check("keys.signers.timeout", signers.timeout(), next.timeout(), lines);
    for (AdminPart part : AdminPart.values()) {
      AdminListenerConfig old = before.admin().of(part);
      AdminListenerConfig other = after.admin().of(part);
      String line =
          old.name().equals(other.name())
              ? "%s.bind %s -> %s needs a restart".formatted(old.name(), old.bind(), other.bind())
              : "%s %s -> %s %s needs a restart"
                  .formatted(old.name(), old.bind(), other.name(), other.bind());
      boolean moved = !old.name().equals(other.name()) || !old.bind().equals(other.bind());
      if (moved && !lines.contains(line)) {
        lines.add(line);
      }
    }
    check("hand-over.socket", before.handOver().socket(), after.handOver().socket(), lines);
    accounts(before.acme(), after.acme(), lines);
    certificates("removed", before.issued(), after.issued(), lines);
    certificates("new", after.issued(), before.issued(), lines);
    return List.copyOf(lines);
  }

  private static void check(
      String key, @Nullable Object before, @Nullable Object after, List<String> lines) {
    if (!Objects.equals(before, after)) {
      lines.add("%s %s -> %s needs a restart".formatted(key, text(before), text(after)));
    }
  }

  private static void accounts(
      Map<String, AcmeConfig> before, Map<String, AcmeConfig> after, List<String> lines) {
    Set<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      AcmeConfig old = before.get(name);
      AcmeConfig next = after.get(name);
      if (old == null) {
        lines.add("acme." + name + " is new, which needs a restart");
      } else if (next == null) {
        lines.add("acme." + name + " is removed, which needs a restart");
      } else if (!Settings.same(old, next)) {
        lines.add("acme." + name + " has changed, which needs a restart");
      }
    }
  }

  /** Names the certificates of authorities that only the first list has. */
  private static void certificates(
      String what,
      List<CertificateConfig.Acme> some,
      List<CertificateConfig.Acme> others,
      List<String> lines) {
    for (CertificateConfig.Acme one : some) {
      if (others.stream().noneMatch(other -> Settings.same(one, other))) {
        lines.add(
            "%s: a %s certificate of acme.%s for %s needs a restart"
                .formatted(
                    one.location().path(),
                    what,
                    one.account().name(),
                    String.join(", ", one.names())));
      }
    }
  }

  private static String memory(long bytes) {
    return bytes == 0 ? "0" : SizeText.of(bytes);
  }

  /** As the configuration writes it. */
  private static String text(@Nullable Object value) {
    return switch (value) {
      case null -> "none";
      case Duration time -> DurationText.of(time, DurationText.Unit.values());
      case Enum<?> word -> word.name().toLowerCase(Locale.ROOT);
      default -> value.toString();
    };
  }
}
