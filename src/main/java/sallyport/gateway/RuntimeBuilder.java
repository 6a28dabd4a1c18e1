package sallyport.gateway;

import io.netty.channel.ChannelHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Cluster;
import sallyport.comply.change.Succession;
import sallyport.config.GatewayConfig;
import sallyport.config.UnwritableLog;
import sallyport.config.backend.BackendConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.config.setting.Settings;
import sallyport.connect.MutualTls;
import sallyport.connect.UpstreamClient;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.front.AcceptContext;
import sallyport.front.PlainPipeline;
import sallyport.front.TlsPipeline;
import sallyport.logging.Log;
import sallyport.logging.LogStatus;
import sallyport.net.admission.Admission;
import sallyport.net.listener.Listener;
import sallyport.net.listener.ListenerGeneration;
import sallyport.net.transport.MinimumRate;
import sallyport.observe.access.AccessLog;
import sallyport.observe.metrics.DownstreamMetrics;
import sallyport.proxy.ProxyContext;
import sallyport.proxy.RouteTarget;
import sallyport.redirect.Redirection;
import sallyport.route.RouteTable;
import sallyport.tls.server.ServerTls;
import sallyport.tls.upstream.UpstreamTls;

/**
 * Makes a site of a configuration, in the order of the data. What the site before it has and the
 * configuration leaves as it is, it takes over; the rest it opens. Until the site is made, nothing
 * that is in use has changed, and all can be given up.
 */
final class RuntimeBuilder {
  /** Stands for requests that no route serves, in metric tags. */
  static final String UNROUTED = "_none";

  private final Services shared;
  private final @Nullable GatewayRuntime before;
  private final GatewayConfig config;
  private final KeyOpener keys;
  private final AccessLog accessLog;
  private final Map<String, ServerTls> servers = new LinkedHashMap<>();
  private final Map<String, Upstream> upstreams = new LinkedHashMap<>();
  private final List<ServerTls> openedServers = new ArrayList<>();
  private final List<UpstreamTls> openedUpstreams = new ArrayList<>();
  private final List<String> loosened = new ArrayList<>();

  /**
   * @param before null at the start
   * @param keys opens keys as this configuration has it
   */
  RuntimeBuilder(
      Services shared, @Nullable GatewayRuntime before, GatewayConfig config, KeyOpener keys) {
    this.shared = shared;
    this.before = before;
    this.config = config;
    this.keys = keys;
    if (before != null && before.config().accessLog().equals(config.accessLog())) {
      accessLog = before.accessLog();
    } else {
      accessLog =
          config.accessLog().enabled()
              ? AccessLog.jsonLines(config.accessLog().query(), config.accessLog().clientSubject())
              : AccessLog.none();
    }
  }

  // ---- what stays

  /** What of the site before is opened from files and stays; ticket keys may by themselves. */
  Set<Rotatable> staying() {
    Set<Rotatable> staying = new LinkedHashSet<>();
    for (ListenerConfig listener : config.listeners().values()) {
      RunningListener old = front(listener.name());
      if (listener instanceof ListenerConfig.Tls tls && old != null && old.tls() != null) {
        Rotatable tickets = old.tls().ticketKeys();
        if (Settings.same(old.config(), tls)) {
          GatewayRuntime.subjectsOf(old.tls()).forEach(subject -> staying.add(subject.rotatable()));
        } else if (tickets != null && old.tls().sharesTickets(tls)) {
          staying.add(tickets);
        }
      }
    }
    for (BackendConfig backend : config.backends().values()) {
      Upstream kept = kept(backend);
      if (kept != null) {
        GatewayRuntime.subjectsOf(kept).forEach(subject -> staying.add(subject.rotatable()));
      }
    }
    return staying;
  }

  private @Nullable RunningListener front(String name) {
    return before == null ? null : before.fronts().get(name);
  }

  private @Nullable Upstream upstream(String name) {
    return before == null ? null : before.upstreams().get(name);
  }

  /** The backend as it is in use, where it stays as it is. */
  private @Nullable Upstream kept(BackendConfig backend) {
    Upstream old = upstream(backend.name());
    return old != null && Settings.same(old.config(), backend) ? old : null;
  }

  // ---- what is opened

  /**
   * Opens certificates, keys and trust of what is new or has changed.
   *
   * @param problems takes a line for everything that is wrong
   */
  void openKeys(List<String> problems) {
    for (ListenerConfig listener : config.listeners().values()) {
      if (listener instanceof ListenerConfig.Tls tls) {
        openServer(tls, problems);
      }
    }
    for (BackendConfig backend : config.backends().values()) {
      openUpstream(backend, problems);
    }
    if (before != null) {
      compareTrust(before);
    }
  }

  /** Who is trusted by a part under a new name is compared with whom the old one trusted. */
  private void compareTrust(GatewayRuntime before) {
    for (ListenerConfig listener : config.listeners().values()) {
      ServerTls opened = servers.get(listener.name());
      ListenerConfig.Tls old =
          Succession.counterpart(ListenerConfig.Tls.class, listener, before.config());
      if (opened != null) {
        loosen("listener " + listener.name(), trustedBeyond(opened, old, before));
      }
    }
    for (Succession.Backends backends : Succession.backends(before.config(), config)) {
      Upstream opened = upstreams.get(backends.after().name());
      Upstream inUse = before.upstreams().get(backends.before().name());
      if (opened != null && inUse != null) {
        loosen(backends.subject(), opened.tls().trustedBeyond(inUse.tls()));
      }
    }
  }

  /**
   * @param old the counterpart; null for a new listener, which is measured by the one that it
   *     loosens the least
   */
  private static List<String> trustedBeyond(
      ServerTls opened, ListenerConfig.@Nullable Tls old, GatewayRuntime before) {
    return before.fronts().values().stream()
        .filter(front -> old == null || front.config().name().equals(old.name()))
        .map(RunningListener::tls)
        .filter(Objects::nonNull)
        .map(opened::trustedBeyond)
        .min(Comparator.comparingInt(List::size))
        .orElse(List.of());
  }

  private void openServer(ListenerConfig.Tls listener, List<String> problems) {
    RunningListener old = front(listener.name());
    ServerTls inUse = old == null ? null : old.tls();
    if (old != null && inUse != null && Settings.same(old.config(), listener)) {
      servers.put(listener.name(), inUse);
      return;
    }
    ServerTls opened =
        ServerTls.load(listener, keys, shared.tls(), shared.tlsChallenges(), inUse, problems);
    if (opened != null) {
      openedServers.add(opened);
      servers.put(listener.name(), opened);
    }
  }

  private void openUpstream(BackendConfig backend, List<String> problems) {
    Upstream kept = kept(backend);
    if (kept != null) {
      upstreams.put(backend.name(), kept);
      return;
    }
    UpstreamTls opened = UpstreamTls.load(backend, keys, shared.tls(), problems);
    if (opened != null) {
      openedUpstreams.add(opened);
      UpstreamClient client =
          new UpstreamClient(
              new Cluster(backend),
              new MutualTls(opened),
              shared.transport(),
              shared.metrics(),
              shared.memory()::isExhausted,
              shared.audit());
      upstreams.put(backend.name(), new Upstream(backend, opened, client));
    }
  }

  private void loosen(String who, List<String> what) {
    what.forEach(each -> loosened.add(who + ": " + each));
  }

  /** What is trusted more than before, by what the files hold. */
  List<String> loosened() {
    return loosened;
  }

  /** Gives up what was opened. */
  void discard() {
    openedServers.forEach(ServerTls::close);
    openedUpstreams.forEach(UpstreamTls::close);
  }

  // ---- what is put together

  /**
   * @param sockets by the names of the listeners; they are bound
   */
  GatewayRuntime site(Map<String, Listener> sockets) {
    RouteTable routes = new RouteTable(config.routes());
    Map<String, RouteTarget> targets = new LinkedHashMap<>();
    Set<Upstream> reached = new LinkedHashSet<>();
    for (RouteConfig route : config.routes()) {
      Upstream upstream = Objects.requireNonNull(upstreams.get(route.backend()));
      reached.add(upstream);
      targets.put(
          route.name(),
          new RouteTarget(
              route, upstream.client(), shared.metrics().route(route.name(), route.backend())));
    }
    Map<String, RunningListener> fronts = new LinkedHashMap<>();
    for (ListenerConfig listener : config.listeners().values()) {
      fronts.put(
          listener.name(),
          switch (listener) {
            case ListenerConfig.Tls tls -> tlsFront(tls, routes, targets, reached);
            case ListenerConfig.Redirect redirect -> plainFront(redirect, routes, sockets);
          });
    }
    return new GatewayRuntime(
        config,
        keys,
        accessLog,
        Collections.unmodifiableMap(new LinkedHashMap<>(upstreams)),
        Collections.unmodifiableMap(fronts));
  }

  private RunningListener tlsFront(
      ListenerConfig.Tls listener,
      RouteTable routes,
      Map<String, RouteTarget> targets,
      Set<Upstream> reached) {
    RunningListener old = front(listener.name());
    if (old != null && old.upstreams().equals(reached) && isSame(old, listener)) {
      return old;
    }
    Admission admission = admission(listener);
    DownstreamMetrics metrics = shared.metrics().downstream(listener.name());
    ServerTls tls = Objects.requireNonNull(servers.get(listener.name()));
    ProxyContext forwarding =
        ProxyContext.of(
            routes,
            Map.copyOf(targets),
            shared.metrics().route(UNROUTED, UNROUTED),
            metrics,
            listener,
            shared.transport().loops(),
            shared.memory(),
            unaudited(),
            accessLog,
            shared.audit());
    ChannelHandler pipeline =
        new TlsPipeline(
            entrance(listener, admission, listener.tls().clientHelloTimeout()),
            listener,
            tls,
            forwarding,
            config.drainTimeout());
    ListenerGeneration door = new ListenerGeneration(admission, pipeline, metrics);
    return new RunningListener(listener, tls, 0, admission, door, Set.copyOf(reached));
  }

  /** Whether exchanges are refused now, because audit lines cannot be written. */
  private BooleanSupplier unaudited() {
    LogStatus audit = shared.logs().get(Log.AUDIT);
    return audit != null && config.auditLog().unwritable() == UnwritableLog.STOP_SERVING
        ? audit::isUnwritable
        : () -> false;
  }

  private RunningListener plainFront(
      ListenerConfig.Redirect listener, RouteTable routes, Map<String, Listener> sockets) {
    int port = publicPort(listener.redirectTo(), sockets);
    RunningListener old = front(listener.name());
    if (old != null && old.httpsPort() == port && isSame(old, listener)) {
      return old;
    }
    Admission admission = admission(listener);
    DownstreamMetrics metrics = shared.metrics().downstream(listener.name());
    ChannelHandler pipeline =
        new PlainPipeline(
            entrance(listener, admission, listener.limits().headerTimeout()),
            listener.limits(),
            new Redirection(
                listener.name(),
                routes,
                port,
                shared.challengePages(),
                MinimumRate.perLoop(
                    shared.transport().loops(),
                    listener.limits().pace(),
                    listener.limits().bodyIdleTimeout()),
                metrics,
                accessLog,
                shared.audit()));
    ListenerGeneration door = new ListenerGeneration(admission, pipeline, metrics);
    return new RunningListener(listener, null, port, admission, door, Set.of());
  }

  /** Whether its connections would be treated as before; where they are sent apart. */
  private boolean isSame(RunningListener old, ListenerConfig listener) {
    return before != null
        && Settings.same(old.config(), listener)
        && before.accessLog().equals(accessLog)
        && before.config().auditLog().equals(config.auditLog())
        && Settings.same(before.config().routes(), config.routes())
        && before.config().drainTimeout().equals(config.drainTimeout());
  }

  /** What counts connections goes on counting; see {@link Admission#use}. */
  private Admission admission(ListenerConfig listener) {
    RunningListener old = front(listener.name());
    return old != null
        ? old.admission()
        : new Admission(
            listener.name(),
            listener.limits(),
            listener.proxies().trusted(),
            shared.memory(),
            shared.metrics().downstream(listener.name()),
            shared.audit());
  }

  private AcceptContext entrance(
      ListenerConfig listener, Admission admission, Duration headerTimeout) {
    return new AcceptContext(
        listener.name(),
        listener.proxies(),
        admission,
        headerTimeout,
        shared.metrics().downstream(listener.name()),
        shared.audit());
  }

  private int publicPort(String tlsListener, Map<String, Listener> sockets) {
    ListenerConfig.Tls tls =
        (ListenerConfig.Tls) Objects.requireNonNull(config.listeners().get(tlsListener));
    return tls.publicPort() != 0
        ? tls.publicPort()
        : Objects.requireNonNull(sockets.get(tlsListener)).address().getPort();
  }
}
