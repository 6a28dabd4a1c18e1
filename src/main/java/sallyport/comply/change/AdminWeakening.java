package sallyport.comply.change;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.comply.change.findings.DeclaredLimits;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.config.admin.AdminBind;
import sallyport.config.admin.AdminConfig;
import sallyport.config.admin.AdminListenerConfig;
import sallyport.config.admin.AdminPart;
import sallyport.config.listener.AdminTlsConfig;

/** Loosened settings of the admin listeners, part by part. */
final class AdminWeakening {
  private AdminWeakening() {}

  static void find(AdminConfig before, AdminConfig after, List<String> lines) {
    new WeakeningList("admin", lines).with("hosts", before.hosts(), after.hosts());
    // One listener may have both parts.
    Set<List<AdminListenerConfig>> compared = new LinkedHashSet<>();
    for (AdminPart part : AdminPart.values()) {
      AdminListenerConfig old = before.of(part);
      AdminListenerConfig next = after.of(part);
      if (compared.add(List.of(old, next))) {
        compare(old, next, new WeakeningList(next.name(), lines));
      }
    }
  }

  private static void compare(
      AdminListenerConfig before, AdminListenerConfig after, WeakeningList findings) {
    if (widens(before.bind(), after.bind())) {
      findings.changed("bind", before.bind(), after.bind());
    }
    @Nullable AdminTlsConfig old = before.tls();
    @Nullable AdminTlsConfig next = after.tls();
    if (old != null && next != null) {
      ListenerWeakening.tls(old.tls(), next.tls(), findings);
      DeclaredLimits.find("", old, next, findings);
    } else {
      findings.switchedOff("tls", old != null, next != null);
    }
    if (before.tls() != null) {
      // Without TLS each client had all rights.
      findings.with("roles.read", before.roles().read(), after.roles().read());
      findings.with("roles.operate", before.roles().operate(), after.roles().operate());
    }
  }

  /** The peer of a Unix socket is known, unlike the users of a machine behind an address. */
  private static boolean widens(AdminBind before, AdminBind after) {
    return switch (after) {
      case AdminBind.Unix none -> false;
      case AdminBind.Tcp next ->
          switch (before) {
            case AdminBind.Unix known -> true;
            case AdminBind.Tcp old -> BindExposure.widens(old.address(), next.address());
          };
    };
  }
}
