package sallyport.gateway;

import static java.util.stream.Collectors.joining;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sallyport.admin.GatewayStatus;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Withdrawal;
import sallyport.cluster.ejection.EjectionState;
import sallyport.cluster.ejection.EndpointEjection;
import sallyport.cluster.health.HealthState;
import sallyport.config.GatewayConfig;
import sallyport.config.address.LocalAddress;
import sallyport.config.address.PeerUser;
import sallyport.config.admin.AdminBind;
import sallyport.config.admin.AdminConfig;
import sallyport.config.admin.AdminListenerConfig;
import sallyport.config.admin.AdminPart;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.Security;
import sallyport.config.backend.UpstreamTlsConfig;
import sallyport.config.backend.exception.ExceptionConfig;
import sallyport.config.listener.AdminTlsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.credentials.certificates.CertificateInfo;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.gateway.runtime.GatewayRuntime;
import sallyport.gateway.runtime.Upstream;
import sallyport.tls.policy.TlsPolicy;
import sallyport.values.DurationText;

/** State of a running gateway, read from its parts. */
final class StatusReport {
  private StatusReport() {}

  /**
   * Returns the state of a gateway, without its readiness.
   *
   * @param reload the last reload; null for none
   * @param refusals why what files hold is not in use, by what is opened from them
   */
  static GatewayStatus of(
      GatewayRuntime runtime,
      String version,
      Instant started,
      Instant now,
      String transport,
      Map<String, InetSocketAddress> addresses,
      List<HeldCertificate> held,
      List<GatewayStatus.Account> accounts,
      GatewayStatus.@Nullable Reload reload,
      Map<String, List<String>> refusals) {
    GatewayConfig config = runtime.config();
    return new GatewayStatus(
        version,
        /* readiness= */ "",
        started,
        now,
        transport,
        config.runtime().workers(),
        config.source(),
        config.sha256(),
        reload,
        refusals.entrySet().stream()
            .map(each -> new GatewayStatus.Refusal(each.getKey(), each.getValue()))
            .toList(),
        listeners(config, addresses),
        config.routes().stream()
            .map(
                r ->
                    new GatewayStatus.Route(
                        r.name(), r.host(), r.path(), r.backendText(), r.limits()))
            .toList(),
        endpoints(runtime),
        certificates(held, now),
        accounts);
  }

  private static List<GatewayStatus.Listener> listeners(
      GatewayConfig config, Map<String, InetSocketAddress> addresses) {
    Stream<GatewayStatus.Listener> unix =
        config.admin().listeners().stream()
            .filter(each -> each.bind() instanceof AdminBind.Unix)
            .map(each -> admin(config.admin(), each.name(), each.bind().toString()));
    return Stream.concat(tcp(config, addresses), unix).toList();
  }

  private static Stream<GatewayStatus.Listener> tcp(
      GatewayConfig config, Map<String, InetSocketAddress> addresses) {
    return addresses.entrySet().stream()
        .map(
            entry -> {
              ListenerConfig listener = config.listeners().get(entry.getKey());
              String address = NetUtil.toSocketAddressString(entry.getValue());
              return switch (listener) {
                case ListenerConfig.HttpProxy tls ->
                    new GatewayStatus.Listener(
                        tls.name(),
                        address,
                        "terminates TLS and forwards",
                        TlsPolicy.of(tls.tls().policy()).label(),
                        tls.tls().clientAuth().mode().name());
                case ListenerConfig.Stream stream ->
                    new GatewayStatus.Listener(
                        stream.name(),
                        address,
                        "terminates TLS and forwards TCP streams to " + stream.stream().forwardTo(),
                        TlsPolicy.of(stream.tls().policy()).label(),
                        stream.tls().clientAuth().mode().name());
                case ListenerConfig.PassThrough passes ->
                    new GatewayStatus.Listener(
                        passes.name(),
                        address,
                        "passes TLS unopened to " + passes.stream().forwardTo(),
                        "of the backends",
                        "");
                case ListenerConfig.LocalStream local ->
                    new GatewayStatus.Listener(
                        local.name(),
                        address,
                        "takes plain TCP of this machine and forwards streams to "
                            + local.stream().forwardTo(),
                        "plain, stays on this machine",
                        "");
                case ListenerConfig.LocalProxy local ->
                    new GatewayStatus.Listener(
                        local.name(),
                        address,
                        "takes plain HTTP of this machine and forwards",
                        "plain, stays on this machine",
                        "");
                case ListenerConfig.Redirect redirect ->
                    new GatewayStatus.Listener(
                        redirect.name(), address, "redirects to " + redirect.redirectTo(), "", "");
                case null -> admin(config.admin(), entry.getKey(), address);
              };
            });
  }

  private static GatewayStatus.Listener admin(AdminConfig config, String name, String address) {
    AdminListenerConfig listener = Objects.requireNonNull(config.listener(name));
    String does = listener.parts().stream().map(AdminPart::key).sorted().collect(joining(", "));
    AdminTlsConfig tls = listener.tls();
    return tls == null
        ? new GatewayStatus.Listener(name, address, does, "", "")
        : new GatewayStatus.Listener(
            name,
            address,
            does,
            TlsPolicy.of(tls.tls().policy()).label(),
            tls.tls().clientAuth().mode().name());
  }

  private static List<GatewayStatus.Endpoint> endpoints(GatewayRuntime runtime) {
    List<GatewayStatus.Endpoint> endpoints = new ArrayList<>();
    for (BackendConfig backend : runtime.config().backends().values()) {
      Upstream upstream = Objects.requireNonNull(runtime.upstream(backend.name()));
      for (Endpoint endpoint : upstream.client().cluster().endpoints()) {
        endpoints.add(
            new GatewayStatus.Endpoint(
                backend.name(),
                endpoint.name(),
                endpoint.address(),
                word(endpoint),
                detail(endpoint),
                health(backend, upstream.client().checks().state(endpoint)),
                endpoint.weight(),
                endpoint.isBackup(),
                endpoint.requests(),
                verified(backend, endpoint),
                backend.tls().map(StatusReport::policy).orElse("plain, stays on this machine")));
      }
    }
    return endpoints;
  }

  private static String policy(UpstreamTlsConfig tls) {
    String policy = TlsPolicy.of(tls.policy()).label();
    ExceptionConfig exception = tls.exception();
    return exception == null
        ? policy
        : "%s, and %s until %s"
            .formatted(policy, String.join(", ", exception.words()), exception.expires());
  }

  private static String word(Endpoint endpoint) {
    if (endpoint.isWithdrawn(Withdrawal.DRAINED)) {
      return "drained";
    }
    if (endpoint.isWithdrawn(Withdrawal.UNHEALTHY)) {
      return "unhealthy";
    }
    return endpoint.isUp() ? "up" : "ejected";
  }

  private static String detail(Endpoint endpoint) {
    List<String> states = new ArrayList<>();
    if (endpoint.isWithdrawn(Withdrawal.DRAINED)) {
      states.add("drained");
    }
    if (endpoint.isWithdrawn(Withdrawal.UNHEALTHY)) {
      states.add("unhealthy");
    }
    if (states.isEmpty() || !endpoint.ejection().isInService()) {
      states.add(state(endpoint.ejection()));
    }
    return String.join("; ", states);
  }

  private static String state(EndpointEjection ejection) {
    return switch (ejection.state()) {
      case EjectionState.InService in -> "in service";
      case EjectionState.Ejected ejected ->
          "ejected (%s), %s"
              .formatted(
                  ejected.reason(),
                  ejection.isDue() ? "due for a trial" : seconds(ejection.left()) + " left");
      case EjectionState.OnTrial trial -> "ejected (%s), on trial".formatted(trial.reason());
    };
  }

  private static String health(BackendConfig backend, HealthState health) {
    return switch (health) {
      case HealthState.Unchecked unchecked ->
          backend.health().isOn() ? "not checked yet" : "not checked";
      case HealthState.Healthy healthy ->
          healthy.failures() == 0
              ? "healthy"
              : "healthy, %d of %d checks failed"
                  .formatted(healthy.failures(), backend.health().fall());
      case HealthState.Unhealthy unhealthy ->
          "unhealthy (%s), %d of %d checks passed"
              .formatted(unhealthy.reason().reason(), unhealthy.passes(), backend.health().rise());
    };
  }

  /** Returns a time in whole seconds, rounded up. */
  private static String seconds(Duration time) {
    return DurationText.of(Duration.ofSeconds(time.plusMillis(999).toSeconds()));
  }

  private static String verified(BackendConfig backend, Endpoint endpoint) {
    return switch (backend.security()) {
      case Security.MutualTls(UpstreamTlsConfig tls) ->
          tls.peer().names().isEmpty()
              ? Objects.requireNonNullElse(tls.serverName(), endpoint.host())
              : String.join(", ", new TreeSet<>(tls.peer().names()));
      case Security.PlainLocal(PeerUser user) ->
          endpoint.written().address() instanceof LocalAddress.UnixSocket
              ? "listens as " + user
              : "nothing";
      case Security.PassThrough passes -> "nothing: its TLS is not opened here";
    };
  }

  private static List<GatewayStatus.Certificate> certificates(
      List<HeldCertificate> held, Instant now) {
    return held.stream()
        .map(
            each -> {
              CertificateInfo c = each.info();
              return new GatewayStatus.Certificate(
                  each.owner(),
                  c.use(),
                  c.subject(),
                  String.join(", ", c.names()),
                  c.key(),
                  c.fingerprint(),
                  c.notAfter(),
                  c.daysLeft(now));
            })
        .toList();
  }
}
