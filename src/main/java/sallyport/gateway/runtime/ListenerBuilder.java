package sallyport.gateway.runtime;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.net.admission.Admission;
import sallyport.net.listener.Listener;
import sallyport.net.listener.ListenerGeneration;
import sallyport.observe.access.AccessLog;
import sallyport.observe.metrics.DownstreamMetrics;
import sallyport.tls.server.ServerTls;

/**
 * Builder of the running listeners of a configuration. A listener whose service is the same as
 * before stays, with its connections. Any other gets a new generation.
 *
 * <p>One thread.
 */
final class ListenerBuilder {
  private final GatewayResources gateway;
  private final @Nullable GatewayRuntime before;
  private final GatewayConfig config;
  private final Map<String, ServerTls> servers;
  private final Map<String, Listener> sockets;
  private final Map<String, Upstream> upstreams;
  private final Set<Upstream> reached = new LinkedHashSet<>();
  private final Service.HttpSettings http;

  /**
   * @param before the runtime in use; null at the start
   * @param servers TLS by the names of the listeners
   * @param sockets bound, by the names of the listeners
   * @param upstreams by the names of the backends
   */
  ListenerBuilder(
      GatewayResources gateway,
      @Nullable GatewayRuntime before,
      GatewayConfig config,
      Map<String, ServerTls> servers,
      Map<String, Listener> sockets,
      Map<String, Upstream> upstreams,
      AccessLog accessLog) {
    this.gateway = gateway;
    this.before = before;
    this.config = config;
    this.servers = servers;
    this.sockets = sockets;
    this.upstreams = upstreams;
    for (RouteConfig route : config.routes()) {
      for (String backend : route.reached()) {
        reached.add(Objects.requireNonNull(upstreams.get(backend)));
      }
    }
    this.http =
        new Service.HttpSettings(
            config.routes(),
            config.errorPages(),
            accessLog,
            config.auditLog(),
            config.drainTimeout());
  }

  /** Builds a listener of the configuration, or returns the one in use. */
  RunningListener build(ListenerConfig listener) {
    Service service = service(listener);
    RunningListener old = before == null ? null : before.listener(listener.name());
    if (old != null && service.isSame(old.service())) {
      return old;
    }
    DownstreamMetrics metrics = gateway.metrics().downstream(listener.name());
    // The admission in use goes on counting; see Admission.use.
    Admission admission = old != null ? old.admission() : admission(listener, metrics);
    return new RunningListener(
        service,
        admission,
        new ListenerGeneration(admission, service.pipeline(gateway, admission), metrics));
  }

  private Service service(ListenerConfig listener) {
    return switch (listener) {
      case ListenerConfig.HttpProxy tls ->
          new Service.HttpProxy(
              tls, Objects.requireNonNull(servers.get(tls.name())), Set.copyOf(reached), http);
      case ListenerConfig.Stream stream ->
          new Service.Stream(
              stream,
              Objects.requireNonNull(servers.get(stream.name())),
              upstreams(stream),
              http.accessLog(),
              http.auditLog());
      case ListenerConfig.PassThrough passes ->
          new Service.PassThrough(passes, upstreams(passes), http.accessLog(), http.auditLog());
      case ListenerConfig.LocalStream local ->
          new Service.LocalStream(local, upstreams(local), http.accessLog(), http.auditLog());
      case ListenerConfig.LocalProxy local ->
          new Service.LocalProxy(local, Set.copyOf(reached), http);
      case ListenerConfig.Redirect redirect ->
          new Service.Redirect(
              redirect, publicPort(redirect.redirectTo()), http.routes(), http.accessLog());
    };
  }

  private Set<Upstream> upstreams(ListenerConfig.Streams listener) {
    return listener.stream().forwardTo().backends().stream()
        .map(name -> Objects.requireNonNull(upstreams.get(name)))
        .collect(Collectors.toUnmodifiableSet());
  }

  private int publicPort(String tlsListener) {
    ListenerConfig.HttpProxy tls =
        (ListenerConfig.HttpProxy) Objects.requireNonNull(config.listeners().get(tlsListener));
    return tls.publicPort() != 0
        ? tls.publicPort()
        : Objects.requireNonNull(sockets.get(tlsListener)).address().getPort();
  }

  private Admission admission(ListenerConfig listener, DownstreamMetrics metrics) {
    return new Admission(
        listener.name(),
        listener.limits(),
        listener.proxies().trusted(),
        gateway.memory(),
        metrics,
        gateway.audit());
  }
}
