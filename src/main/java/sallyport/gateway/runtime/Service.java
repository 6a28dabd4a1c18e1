package sallyport.gateway.runtime;

import io.netty.channel.ChannelHandler;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.AuditLogConfig;
import sallyport.config.UnwritableLog;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.config.setting.Settings;
import sallyport.credentials.acme.Acme;
import sallyport.credentials.rotation.Rotatable;
import sallyport.front.AcceptContext;
import sallyport.front.PlainPipeline;
import sallyport.front.TlsPipeline;
import sallyport.logging.Log;
import sallyport.logging.LogStatus;
import sallyport.net.admission.Admission;
import sallyport.net.transport.MinimumRate;
import sallyport.observe.access.AccessLog;
import sallyport.observe.metrics.RouteMetrics;
import sallyport.proxy.ProxyContext;
import sallyport.proxy.head.RouteTarget;
import sallyport.redirect.ChallengeAnswers;
import sallyport.redirect.Redirection;
import sallyport.route.RouteTable;
import sallyport.tls.server.ServerTls;

/**
 * Service of a running listener: what its connections get. Sockets, admission and generations know
 * no service. Each service makes its own pipeline.
 *
 * <p>A service is a record of everything that its connections depend on and that a reload can
 * change. The components decide whether a reload leaves its connections open, so that none can be
 * forgotten. Resources that last as long as the gateway are not among them.
 *
 * <p>Immutable. Any thread.
 */
public sealed interface Service {
  /** Returns the settings of the listener. */
  ListenerConfig config();

  /** Returns the TLS that its connections use; empty for plain connections. */
  List<ServerTls> servers();

  /** Returns the backends that its connections may reach. */
  Set<Upstream> upstreams();

  /**
   * Returns what it has opened from files and keeps under other settings.
   *
   * @param next the settings of the listener of this name in another configuration
   */
  Set<Rotatable> staying(ListenerConfig next);

  /** Creates the handler that builds the pipeline of each accepted connection. */
  ChannelHandler pipeline(GatewayResources gateway, Admission admission);

  /**
   * Returns whether connections get the same from both, so that those of the one before stay open.
   */
  default boolean isSame(Service before) {
    return Settings.same(before, this);
  }

  private static AcceptContext acceptContext(
      ListenerConfig listener,
      Duration headerTimeout,
      GatewayResources gateway,
      Admission admission) {
    return new AcceptContext(
        listener.name(),
        listener.proxies(),
        admission,
        headerTimeout,
        gateway.metrics().downstream(listener.name()),
        gateway.audit());
  }

  /**
   * Settings of a configuration that its proxies share, in addition to those of the listener.
   *
   * @param routes in the order of the file
   * @param accessLog the same object in two configurations with the same settings of it
   * @param drainTimeout how long a closing HTTP/2 connection waits for its streams; above 0
   */
  record HttpSettings(
      List<RouteConfig> routes,
      AccessLog accessLog,
      AuditLogConfig auditLog,
      Duration drainTimeout) {}

  /**
   * Reverse proxy for HTTP/1.1 and HTTP/2 behind TLS.
   *
   * @param upstreams the backends of all routes
   */
  record HttpProxy(
      ListenerConfig.HttpProxy config, ServerTls tls, Set<Upstream> upstreams, HttpSettings http)
      implements Service {
    /** Value of the metric tags route and backend for requests without a route. */
    public static final String UNROUTED = "_none";

    @Override
    public List<ServerTls> servers() {
      return List.of(tls);
    }

    /** Session ticket keys stay if their settings do, even if the listener changes. */
    @Override
    public Set<Rotatable> staying(ListenerConfig next) {
      if (Settings.same(config, next)) {
        return RotationSubjects.rotatables(RotationSubjects.of(tls));
      }
      Rotatable tickets = tls.ticketKeys();
      boolean shared =
          switch (next) {
            case ListenerConfig.Tls other -> tls.sharesTickets(other);
            case ListenerConfig.Redirect plain -> false;
          };
      return tickets != null && shared ? Set.of(tickets) : Set.of();
    }

    @Override
    public ChannelHandler pipeline(GatewayResources gateway, Admission admission) {
      return new TlsPipeline(
          acceptContext(config, config.tls().clientHelloTimeout(), gateway, admission),
          config,
          tls,
          proxy(gateway),
          http.drainTimeout());
    }

    private ProxyContext proxy(GatewayResources gateway) {
      return ProxyContext.of(
          new RouteTable(http.routes()),
          targets(gateway),
          answers(gateway),
          gateway.metrics().route(UNROUTED, UNROUTED),
          gateway.metrics().downstream(config.name()),
          config,
          gateway.transport().loops(),
          gateway.memory(),
          unaudited(gateway),
          gateway.rates().of(http.routes()),
          http.accessLog(),
          gateway.audit());
    }

    private Map<String, RouteTarget> targets(GatewayResources gateway) {
      Map<String, Upstream> byName = new HashMap<>();
      upstreams.forEach(upstream -> byName.put(upstream.config().name(), upstream));
      Map<String, RouteTarget> targets = new HashMap<>();
      for (RouteConfig route : http.routes()) {
        if (!route.isForwarded()) {
          continue;
        }
        Upstream upstream = Objects.requireNonNull(byName.get(route.backend()));
        targets.put(
            route.name(),
            new RouteTarget(
                route, upstream.client(), gateway.metrics().route(route.name(), route.backend())));
      }
      return Map.copyOf(targets);
    }

    private Map<String, RouteMetrics> answers(GatewayResources gateway) {
      Map<String, RouteMetrics> answers = new HashMap<>();
      for (RouteConfig route : http.routes()) {
        if (!route.isForwarded()) {
          answers.put(route.name(), gateway.metrics().route(route.name(), route.backend()));
        }
      }
      return Map.copyOf(answers);
    }

    /** Returns the check whether requests are refused because audit lines cannot be written. */
    private BooleanSupplier unaudited(GatewayResources gateway) {
      LogStatus audit = gateway.logs().get(Log.AUDIT);
      return audit != null && http.auditLog().unwritable() == UnwritableLog.STOP_SERVING
          ? audit::isUnwritable
          : () -> false;
    }
  }

  /**
   * Redirect from plain HTTP to an {@link HttpProxy}.
   *
   * @param httpsPort the port that clients reach that listener at: 1 to 65535
   * @param routes in the order of the file
   * @param accessLog the same object in two configurations with the same settings of it
   */
  record Redirect(
      ListenerConfig.Redirect config, int httpsPort, List<RouteConfig> routes, AccessLog accessLog)
      implements Service {
    @Override
    public List<ServerTls> servers() {
      return List.of();
    }

    @Override
    public Set<Upstream> upstreams() {
      return Set.of();
    }

    @Override
    public Set<Rotatable> staying(ListenerConfig next) {
      return Set.of();
    }

    @Override
    public ChannelHandler pipeline(GatewayResources gateway, Admission admission) {
      return new PlainPipeline(
          acceptContext(config, config.limits().headerTimeout(), gateway, admission),
          config.limits(),
          new Redirection(
              config.name(),
              new RouteTable(routes),
              httpsPort,
              new AcmeAnswers(gateway.credentials().acme()),
              MinimumRate.perLoop(
                  gateway.transport().loops(),
                  config.limits().pace(),
                  config.limits().bodyIdleTimeout()),
              gateway.metrics().downstream(config.name()),
              accessLog,
              gateway.audit()));
    }
  }

  /** Answers of plain listeners to the challenges of all accounts. Any thread. */
  record AcmeAnswers(Acme acme) implements ChallengeAnswers {
    @Override
    public @Nullable String answer(String host, String token) {
      return acme.answer(host, token);
    }

    @Override
    public @Nullable CompletionStage<Void> look(String host, String token) {
      return acme.lookForPage(host, token);
    }
  }
}
