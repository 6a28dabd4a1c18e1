package sallyport.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sallyport.config.admin.AdminConfig;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.UpstreamTlsConfig;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.KeysConfig;
import sallyport.config.dns.DnsConfig;
import sallyport.config.handover.HandOverConfig;
import sallyport.config.health.ReadinessConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.route.RouteConfig;
import sallyport.config.route.page.ErrorPagesConfig;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;

/**
 * The whole configuration, checked: every reference resolves, every number is in range, every file
 * is there.
 *
 * @param listeners by name, in the order of the file; at least one
 * @param routes in the order of the file; the route table sorts them by how specific they are
 * @param errorPages of failures before a route is known; those of routes have them too
 * @param backends by name
 * @param dns how the names of endpoints are resolved
 * @param keys handling of keys of all uses
 * @param acme accounts at ACME authorities, by name
 * @param lameDuck how long a stop still takes connections once it is not ready any more; 0 or more
 * @param drainTimeout how long a stop waits for exchanges in flight; above 0
 * @param source the file that it was read from, as the user named it
 * @param sha256 tells two configurations apart, hex; the same for the same settings
 */
public record GatewayConfig(
    @Section("runtime") RuntimeConfig runtime,
    Map<String, ListenerConfig> listeners,
    List<RouteConfig> routes,
    ErrorPagesConfig errorPages,
    Map<String, BackendConfig> backends,
    @Section("dns") DnsConfig dns,
    @Section("keys") KeysConfig keys,
    Map<String, AcmeConfig> acme,
    AdminConfig admin,
    ReadinessConfig readiness,
    AccessLogConfig accessLog,
    @Section("audit-log") AuditLogConfig auditLog,
    @Limit(
            key = "lame-duck",
            min = "0s",
            max = "1h",
            looser = Looser.NEVER,
            reason = "how long work may take")
        Duration lameDuck,
    @Limit(
            key = "drain-timeout",
            min = "10ms",
            max = "1h",
            looser = Looser.NEVER,
            reason = "how long work may take")
        Duration drainTimeout,
    HandOverConfig handOver,
    String source,
    String sha256) {

  /**
   * Returns the listeners that terminate TLS, in the order of the file, and the admin listeners.
   */
  public List<TlsListenerConfig> tlsListeners() {
    List<TlsListenerConfig> found = new ArrayList<>();
    for (ListenerConfig listener : listeners.values()) {
      switch (listener) {
        case ListenerConfig.Tls tls -> found.add(tls);
        case ListenerConfig.Redirect plain -> {}
        case ListenerConfig.LocalProxy plain -> {}
        case ListenerConfig.LocalStream plain -> {}
        case ListenerConfig.PassThrough passes -> {}
      }
    }
    found.addAll(admin.tls());
    return found;
  }

  /** Returns the listeners that forward HTTP, in the order of the file. */
  public List<ListenerConfig.HttpProxy> httpProxies() {
    List<ListenerConfig.HttpProxy> found = new ArrayList<>();
    for (ListenerConfig listener : listeners.values()) {
      switch (listener) {
        case ListenerConfig.HttpProxy proxy -> found.add(proxy);
        case ListenerConfig.Redirect plain -> {}
        case ListenerConfig.Streams streams -> {}
        case ListenerConfig.LocalProxy plain -> {}
      }
    }
    return found;
  }

  /** Returns the listeners that forward TCP streams, in the order of the file. */
  public List<ListenerConfig.Streams> streams() {
    return listeners.values().stream()
        .filter(ListenerConfig.Streams.class::isInstance)
        .map(ListenerConfig.Streams.class::cast)
        .toList();
  }

  /** Returns the certificates that authorities issue; some may be equal. */
  public List<CertificateConfig.Acme> issued() {
    return Stream.concat(
            listeners.values().stream().flatMap(listener -> listener.certificates().stream()),
            backends.values().stream()
                .flatMap(backend -> backend.tls().stream())
                .map(UpstreamTlsConfig::certificate))
        .filter(CertificateConfig.Acme.class::isInstance)
        .map(CertificateConfig.Acme.class::cast)
        .toList();
  }

  /** Returns the listener of this name that terminates TLS; null for none. */
  public @Nullable TlsListenerConfig tlsListener(String name) {
    return tlsListeners().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  /** Returns the certificates of all listeners and backends. */
  public List<CertificateConfig> certificates() {
    List<CertificateConfig> all = new ArrayList<>();
    tlsListeners().forEach(listener -> all.addAll(listener.tls().certificates()));
    backends
        .values()
        .forEach(backend -> backend.tls().ifPresent(tls -> all.add(tls.certificate())));
    return all;
  }

  /**
   * Reads a HOCON file with its includes and substitutions. Relative names of files start in the
   * folder of the file that they are written in. What is set twice is a problem.
   *
   * @throws InvalidConfiguration with everything that is wrong, not only the first
   */
  public static GatewayConfig load(Path file) throws InvalidConfiguration {
    return GatewayReader.readFile(file);
  }

  /**
   * Reads HOCON that a program has made; problems name it {@code configuration}. What is set twice
   * is merged, as HOCON has it.
   *
   * @param baseFolder where relative names of files start
   * @throws InvalidConfiguration with everything that is wrong, not only the first
   */
  public static GatewayConfig parse(String hocon, Path baseFolder) throws InvalidConfiguration {
    return GatewayReader.readText(hocon, baseFolder, "configuration");
  }

  /**
   * Reads HOCON that a program has made, as {@link #parse(String, Path)}.
   *
   * @param source name of the text in problems and in the audit log
   * @throws InvalidConfiguration with everything that is wrong, not only the first
   */
  public static GatewayConfig parse(String hocon, Path baseFolder, String source)
      throws InvalidConfiguration {
    return GatewayReader.readText(hocon, baseFolder, source);
  }
}
