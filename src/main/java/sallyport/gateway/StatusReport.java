package sallyport.gateway;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import sallyport.admin.StatusPage;
import sallyport.admin.StatusPage.Table;
import sallyport.cluster.Endpoint;
import sallyport.cluster.ejection.EjectionState;
import sallyport.cluster.ejection.EndpointEjection;
import sallyport.config.GatewayConfig;
import sallyport.config.backend.BackendConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.credentials.certificates.CertificateInfo;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.gateway.runtime.GatewayRuntime;
import sallyport.gateway.runtime.Upstream;
import sallyport.tls.policy.TlsPolicy;
import sallyport.values.DurationText;

/** Content of the status page. */
final class StatusReport {
  private StatusReport() {}

  static StatusPage of(
      GatewayRuntime runtime,
      String version,
      String transport,
      Map<String, InetSocketAddress> addresses,
      List<HeldCertificate> held) {
    GatewayConfig config = runtime.config();
    return new StatusPage(
        List.of(
            new Table(
                "Gateway",
                List.of("version", "transport", "event loops", "configuration", "sha256"),
                List.of(
                    List.of(
                        version,
                        transport,
                        Integer.toString(config.runtime().workers()),
                        config.source(),
                        config.sha256()))),
            listeners(config, addresses),
            new Table(
                "Routes",
                List.of("name", "host", "path", "backend"),
                config.routes().stream()
                    .map(r -> List.of(r.name(), r.host(), r.path(), r.backend()))
                    .toList()),
            backends(runtime),
            certificates(held)));
  }

  private static Table listeners(GatewayConfig config, Map<String, InetSocketAddress> addresses) {
    return new Table(
        "Listeners",
        List.of("name", "address", "does", "policy", "client certificates"),
        addresses.entrySet().stream()
            .map(
                entry -> {
                  ListenerConfig listener = config.listeners().get(entry.getKey());
                  String address = entry.getValue().toString();
                  return switch (listener) {
                    case ListenerConfig.HttpProxy tls ->
                        List.of(
                            tls.name(),
                            address,
                            "terminates TLS and forwards",
                            TlsPolicy.of(tls.tls().policy()).label(),
                            tls.tls().clientAuth().mode().name());
                    case ListenerConfig.Redirect redirect ->
                        List.of(
                            redirect.name(),
                            address,
                            "redirects to " + redirect.redirectTo(),
                            "",
                            "");
                    case null -> List.of(entry.getKey(), address, "this page", "", "");
                  };
                })
            .toList());
  }

  private static Table backends(GatewayRuntime runtime) {
    List<List<String>> rows = new ArrayList<>();
    for (BackendConfig backend : runtime.config().backends().values()) {
      Upstream upstream = Objects.requireNonNull(runtime.upstream(backend.name()));
      Iterator<Endpoint> running = upstream.client().cluster().endpoints().iterator();
      for (BackendConfig.EndpointConfig endpoint : backend.endpoints()) {
        Endpoint now = running.next();
        rows.add(
            List.of(
                backend.name(),
                endpoint.toString(),
                now.weight() + (now.isBackup() ? ", backup" : ""),
                state(now.ejection()),
                verified(backend, endpoint),
                TlsPolicy.of(backend.tls().policy()).label()));
      }
    }
    return new Table(
        "Backends",
        List.of("name", "endpoint", "weight", "state", "verified name", "policy"),
        rows);
  }

  private static String state(EndpointEjection ejection) {
    return switch (ejection.state()) {
      case EjectionState.InService in -> "in service";
      case EjectionState.Ejected ejected ->
          "ejected (%s), %s"
              .formatted(
                  ejected.reason().flag(),
                  ejection.isAvailable() ? "due for a trial" : seconds(ejection.left()) + " left");
      case EjectionState.OnTrial trial -> "ejected (%s), on trial".formatted(trial.reason().flag());
    };
  }

  /** Returns a time in whole seconds, rounded up. */
  private static String seconds(Duration time) {
    return DurationText.of(Duration.ofSeconds(time.plusMillis(999).toSeconds()));
  }

  private static String verified(BackendConfig backend, BackendConfig.EndpointConfig endpoint) {
    Set<String> names = backend.tls().peer().names();
    return names.isEmpty()
        ? Objects.requireNonNullElse(backend.tls().serverName(), endpoint.host())
        : String.join(", ", new TreeSet<>(names));
  }

  private static Table certificates(List<HeldCertificate> held) {
    return new Table(
        "Certificates",
        List.of("owner", "use", "subject", "names", "key", "SHA-256", "expires", "days left"),
        held.stream()
            .map(
                each -> {
                  CertificateInfo c = each.info();
                  return List.of(
                      each.owner(),
                      c.use(),
                      c.subject(),
                      String.join(", ", c.names()),
                      c.key(),
                      c.fingerprint(),
                      c.notAfter().toString(),
                      Long.toString(c.daysLeft(Instant.now())));
                })
            .toList());
  }
}
