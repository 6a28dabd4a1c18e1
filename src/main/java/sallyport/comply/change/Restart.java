package sallyport.comply.change;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.admin.AdminListenerConfig;
import sallyport.config.admin.AdminPart;
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
    if (!Settings.same(before.acme(), after.acme())) {
      lines.add("acme: other accounts need a restart");
    }
    if (!Settings.sameInAnyOrder(before.issued(), after.issued())) {
      lines.add("acme: other certificates that authorities issue need a restart");
    }
    return List.copyOf(lines);
  }

  private static void check(
      String key, @Nullable Object before, @Nullable Object after, List<String> lines) {
    if (!Objects.equals(before, after)) {
      lines.add("%s %s -> %s needs a restart".formatted(key, text(before), text(after)));
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
