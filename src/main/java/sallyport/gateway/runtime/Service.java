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
import sallyport.config.route.RouteAction;
import sallyport.config.route.RouteConfig;
import sallyport.config.route.page.ErrorPagesConfig;
import sallyport.config.route.split.SplitConfig;
import sallyport.config.setting.Settings;
import sallyport.credentials.acme.Acme;
import sallyport.credentials.rotation.Rotatable;
import sallyport.dicom.DicomSession;
import sallyport.front.LocalPipeline;
import sallyport.front.PlainPipeline;
import sallyport.front.TlsPipeline;
import sallyport.front.entrance.AcceptContext;
import sallyport.front.stream.LocalStreamPipeline;
import sallyport.front.stream.PassThroughPipeline;
import sallyport.front.stream.StreamPipeline;
import sallyport.gate.RouteStates;
import sallyport.logging.Log;
import sallyport.logging.LogStatus;
import sallyport.mllp.MllpSession;
import sallyport.net.admission.Admission;
import sallyport.net.transport.MinimumRate;
import sallyport.observe.access.AccessLog;
import sallyport.observe.metrics.RouteMetrics;
import sallyport.proxy.ProxyContext;
import sallyport.proxy.head.RouteTarget;
import sallyport.proxy.head.RouteTargets;
import sallyport.proxy.mirror.Mirror;
import sallyport.redirect.ChallengeAnswers;
import sallyport.redirect.Redirection;
import sallyport.route.RouteTable;
import sallyport.stream.StreamContext;
import sallyport.stream.StreamProtocol;
import sallyport.stream.StreamTarget;
import sallyport.stream.postgres.PostgresStreams;
import sallyport.tls.passthrough.PassThroughHello;
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

  /**
   * Service whose connections have no TLS of the gateway, and so nothing that it opens for them.
   */
  sealed interface WithoutTls extends Service {
    @Override
    default List<ServerTls> servers() {
      return List.of();
    }

    @Override
    default Set<Rotatable> staying(ListenerConfig next) {
      return Set.of();
    }
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
   * Demands that only TLS of clients goes to a backend that the gateway has no TLS to. The
   * configuration has seen to it; this is the second lock.
   */
  private static void demand(boolean secured, Upstream upstream) {
    if (!secured) {
      throw new IllegalStateException("backend " + upstream.config().name() + ": wrong security");
    }
  }

  /** Returns the check whether clients are refused because audit lines cannot be written. */
  private static BooleanSupplier unaudited(GatewayResources gateway, AuditLogConfig config) {
    LogStatus audit = gateway.logs().get(Log.AUDIT);
    return audit != null && config.unwritable() == UnwritableLog.STOP_SERVING
        ? audit::isUnwritable
        : () -> false;
  }

  /** Returns session ticket keys, which stay if their settings do, or all if all do. */
  private static Set<Rotatable> staying(ListenerConfig before, ServerTls tls, ListenerConfig next) {
    if (Settings.same(before, next)) {
      return RotationSubjects.rotatables(RotationSubjects.of(tls));
    }
    Rotatable tickets = tls.ticketKeys();
    boolean shared =
        switch (next) {
          case ListenerConfig.Tls other -> tls.sharesTickets(other);
          case ListenerConfig.Redirect plain -> false;
          case ListenerConfig.LocalProxy plain -> false;
          case ListenerConfig.LocalStream plain -> false;
          case ListenerConfig.PassThrough passes -> false;
        };
    return tickets != null && shared ? Set.of(tickets) : Set.of();
  }

  /**
   * Settings of a configuration that its proxies share, in addition to those of the listener.
   *
   * @param routes in the order of the file
   * @param errorPages of failures before a route is known
   * @param accessLog the same object in two configurations with the same settings of it
   * @param drainTimeout how long a closing HTTP/2 connection waits for its streams; above 0
   */
  record HttpSettings(
      List<RouteConfig> routes,
      ErrorPagesConfig errorPages,
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
      return Service.staying(config, tls, next);
    }

    @Override
    public ChannelHandler pipeline(GatewayResources gateway, Admission admission) {
      return new TlsPipeline(
          acceptContext(config, config.tls().clientHelloTimeout(), gateway, admission),
          config,
          tls,
          proxy(config, upstreams, http, gateway),
          http.drainTimeout());
    }

    /** Returns what the exchanges of a listener share. */
    private static ProxyContext proxy(
        ListenerConfig.Http config,
        Set<Upstream> upstreams,
        HttpSettings http,
        GatewayResources gateway) {
      return ProxyContext.of(
          new RouteTable(http.routes()),
          targets(upstreams, http, gateway),
          answers(http, gateway),
          errorPages(http),
          gateway.metrics().route(UNROUTED, UNROUTED),
          gateway.metrics().downstream(config.name()),
          config,
          gateway.transport().loops(),
          gateway.memory(),
          unaudited(gateway, http.auditLog()),
          new RouteStates(
              gateway.rates().of(http.routes()), gateway.maintenance().states(http.routes())),
          http.accessLog(),
          gateway.audit());
    }

    private static Map<String, RouteTargets> targets(
        Set<Upstream> upstreams, HttpSettings http, GatewayResources gateway) {
      Map<String, Upstream> byName = new HashMap<>();
      upstreams.forEach(upstream -> byName.put(upstream.config().name(), upstream));
      Map<String, RouteTargets> targets = new HashMap<>();
      for (RouteConfig route : http.routes()) {
        Mirror mirror = mirror(route, byName, gateway);
        List<RouteTarget> each =
            route.backends().stream()
                .map(name -> Objects.requireNonNull(byName.get(name)))
                .map(upstream -> target(route, upstream, mirror, gateway))
                .toList();
        if (route.action() instanceof RouteAction.Split(SplitConfig shares)) {
          targets.put(route.name(), RouteTargets.of(each, shares));
        } else if (!each.isEmpty()) {
          targets.put(route.name(), RouteTargets.one(each.getFirst()));
        }
      }
      return Map.copyOf(targets);
    }

    private static RouteTarget target(
        RouteConfig route, Upstream upstream, @Nullable Mirror mirror, GatewayResources gateway) {
      demand(!upstream.takesPassingTls(), upstream);
      return new RouteTarget(
          route,
          upstream.client(),
          gateway.metrics().route(route.name(), upstream.config().name()),
          mirror);
    }

    private static @Nullable Mirror mirror(
        RouteConfig route, Map<String, Upstream> byName, GatewayResources gateway) {
      String backend = route.mirror().backend();
      if (backend == null) {
        return null;
      }
      Upstream upstream = Objects.requireNonNull(byName.get(backend));
      demand(!upstream.takesPassingTls(), upstream);
      return new Mirror(
          upstream.client(),
          route.mirror().share(),
          route.responseTimeout(),
          gateway.metrics().mirror(route.name(), backend));
    }

    private static Map<String, ErrorPagesConfig> errorPages(HttpSettings http) {
      Map<String, ErrorPagesConfig> pages = new HashMap<>();
      http.routes().forEach(route -> pages.put(route.name(), route.errorPages()));
      pages.put("", http.errorPages());
      pages.values().removeIf(ErrorPagesConfig.NONE::equals);
      return Map.copyOf(pages);
    }

    private static Map<String, RouteMetrics> answers(HttpSettings http, GatewayResources gateway) {
      Map<String, RouteMetrics> answers = new HashMap<>();
      for (RouteConfig route : http.routes()) {
        if (!route.isForwarded()) {
          answers.put(route.name(), gateway.metrics().route(route.name(), RouteConfig.NO_BACKEND));
        }
      }
      return Map.copyOf(answers);
    }
  }

  /**
   * Forwarder of TCP streams behind TLS.
   *
   * @param upstreams the backends that streams may go to
   * @param accessLog the same object in two configurations with the same settings of it
   */
  record Stream(
      ListenerConfig.Stream config,
      ServerTls tls,
      Set<Upstream> upstreams,
      AccessLog accessLog,
      AuditLogConfig auditLog)
      implements Service {
    @Override
    public List<ServerTls> servers() {
      return List.of(tls);
    }

    @Override
    public Set<Rotatable> staying(ListenerConfig next) {
      return Service.staying(config, tls, next);
    }

    private static StreamProtocol protocol(
        ListenerConfig.Streams config, GatewayResources gateway) {
      return switch (config.stream().protocol()) {
        case TCP -> StreamProtocol.TCP;
        case MLLP -> MllpSession::new;
        case DICOM -> DicomSession::new;
        case POSTGRES ->
            new PostgresStreams(
                gateway.cancels().of(config.name()), gateway.metrics().cancels(config.name()));
      };
    }

    @Override
    public ChannelHandler pipeline(GatewayResources gateway, Admission admission) {
      Duration first = config.tls().clientHelloTimeout();
      return new StreamPipeline(
          acceptContext(config, first, gateway, admission),
          tls,
          context(config, upstreams, first, accessLog, auditLog, gateway));
    }

    /**
     * Returns what the streams of a listener share.
     *
     * @param first how long a client that speaks first may be silent; above 0
     */
    private static StreamContext context(
        ListenerConfig.Streams config,
        Set<Upstream> upstreams,
        Duration first,
        AccessLog accessLog,
        AuditLogConfig auditLog,
        GatewayResources gateway) {
      Map<String, StreamTarget> targets = new HashMap<>();
      for (Upstream upstream : upstreams) {
        demand(
            config instanceof ListenerConfig.PassThrough == upstream.takesPassingTls(), upstream);
        String backend = upstream.config().name();
        targets.put(
            backend,
            new StreamTarget(
                backend, upstream.client(), gateway.metrics().stream(config.name(), backend)));
      }
      return new StreamContext(
          config.name(),
          config.stream().forwardTo(),
          Map.copyOf(targets),
          protocol(config, gateway),
          first.toNanos(),
          config.stream().idle().toNanos(),
          unaudited(gateway, auditLog),
          accessLog);
    }
  }

  /**
   * Forwarder of TCP streams without TLS on this machine.
   *
   * @param upstreams the backends that streams may go to
   * @param accessLog the same object in two configurations with the same settings of it
   */
  record LocalStream(
      ListenerConfig.LocalStream config,
      Set<Upstream> upstreams,
      AccessLog accessLog,
      AuditLogConfig auditLog)
      implements WithoutTls {
    @Override
    public ChannelHandler pipeline(GatewayResources gateway, Admission admission) {
      Duration first = config.limits().headerTimeout();
      return new LocalStreamPipeline(
          acceptContext(config, first, gateway, admission),
          Stream.context(config, upstreams, first, accessLog, auditLog, gateway));
    }
  }

  /**
   * Forwarder of TLS that it does not open.
   *
   * @param upstreams the backends that it may go to
   * @param accessLog the same object in two configurations with the same settings of it
   */
  record PassThrough(
      ListenerConfig.PassThrough config,
      Set<Upstream> upstreams,
      AccessLog accessLog,
      AuditLogConfig auditLog)
      implements WithoutTls {
    @Override
    public ChannelHandler pipeline(GatewayResources gateway, Admission admission) {
      Duration timeout = config.hello().timeout();
      return new PassThroughPipeline(
          acceptContext(config, timeout, gateway, admission),
          new PassThroughHello.Context(
              config.name(),
              config.hello(),
              config.stream().forwardTo(),
              gateway.metrics().tls(config.name()),
              gateway.audit()),
          Stream.context(config, upstreams, timeout, accessLog, auditLog, gateway));
    }
  }

  /**
   * Reverse proxy for HTTP/1.1 without TLS on this machine.
   *
   * @param upstreams the backends of all routes
   */
  record LocalProxy(ListenerConfig.LocalProxy config, Set<Upstream> upstreams, HttpSettings http)
      implements WithoutTls {
    @Override
    public ChannelHandler pipeline(GatewayResources gateway, Admission admission) {
      return new LocalPipeline(
          acceptContext(config, config.limits().headerTimeout(), gateway, admission),
          config,
          HttpProxy.proxy(config, upstreams, http, gateway));
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
      implements WithoutTls {
    @Override
    public Set<Upstream> upstreams() {
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
