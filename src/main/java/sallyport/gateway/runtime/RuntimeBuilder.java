package sallyport.gateway.runtime;

import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.nio.file.Path;
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
import sallyport.config.address.BindAddress;
import sallyport.config.backend.BackendConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.config.setting.Settings;
import sallyport.connect.UpstreamClient;
import sallyport.connect.security.MutualTls;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.sources.Sources;
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
 * Builder of the runtime of a configuration, in the order of the data: {@link #open}, {@link
 * #bind}, {@link #build}, {@link #commit}. It takes over what the runtime in use has for unchanged
 * settings, and makes the rest. Until {@link #commit} nothing that is in use has changed, and
 * {@link #close} gives up what was made. One thread.
 */
public final class RuntimeBuilder implements AutoCloseable {
  /** Stands for requests that no route serves, in metric tags. */
  public static final String UNROUTED = "_none";

  private final Services services;
  private final @Nullable GatewayRuntime before;
  private final GatewayConfig config;
  private final KeyOpener keys;
  private final AccessLog accessLog;
  private final List<String> loosened = new ArrayList<>();
  private OpenedCredentials opened = new OpenedCredentials();
  private Map<Path, String> held = Map.of();
  private Sockets.@Nullable Bound bound;
  private boolean committed;

  /**
   * @param before null at the start
   * @param keys opens keys as this configuration has it
   */
  public RuntimeBuilder(
      Services services, @Nullable GatewayRuntime before, GatewayConfig config, KeyOpener keys) {
    this.services = services;
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

  /**
   * Returns what the runtime in use has opened from files and the configuration keeps. Ticket keys
   * may stay where their listener does not.
   */
  public Set<Rotatable> staying() {
    Set<Rotatable> staying = new LinkedHashSet<>();
    for (ListenerConfig listener : config.listeners().values()) {
      RunningListener old = listener(listener.name());
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

  private @Nullable RunningListener listener(String name) {
    return before == null ? null : before.listener(name);
  }

  /** Returns the backend in use, where its settings stay; null elsewhere. */
  private @Nullable Upstream kept(BackendConfig backend) {
    Upstream old = before == null ? null : before.upstream(backend.name());
    return old != null && Settings.same(old.config(), backend) ? old : null;
  }

  // ---- open, bind

  /**
   * Opens certificates, keys and trust of what is new or has changed, within the time limit for
   * sources.
   *
   * @param problems takes a line for everything that is wrong
   */
  public void open(List<String> problems) {
    Sources.Use use = keys.use();
    held =
        use.call(
            () -> {
              opened =
                  new CredentialOpener(services.credentials(), keys).open(config, before, problems);
              if (before != null) {
                compareTrust(before);
              }
              return use.held();
            });
  }

  /** Returns what files held when they were opened: SHA-256 of each, hex. */
  public Map<Path, String> held() {
    return held;
  }

  /**
   * Binds the addresses of the listeners that are not bound yet.
   *
   * @throws IOException when one cannot be bound; says where the configuration has it
   */
  public void bind(Sockets sockets) throws IOException {
    Map<String, BindAddress> binds = new LinkedHashMap<>();
    config.listeners().forEach((name, listener) -> binds.put(name, listener.bind()));
    binds.put(Sockets.ADMIN, config.admin().bind());
    try {
      bound = sockets.bind(binds);
    } catch (Sockets.CannotBind cannot) {
      ListenerConfig listener = config.listeners().get(cannot.listener());
      if (listener == null) {
        throw cannot;
      }
      String text = String.valueOf(cannot.getMessage());
      throw new IOException(listener.location().child("bind").problem(text), cannot);
    }
  }

  /** Returns the sockets of the listeners, once they are bound. */
  public Map<String, Listener> sockets() {
    return Objects.requireNonNull(bound).byName();
  }

  /** Compares the trust of each renamed part with the trust of its counterpart. */
  private void compareTrust(GatewayRuntime before) {
    for (ListenerConfig listener : config.listeners().values()) {
      ServerTls tls = opened.servers().get(listener.name());
      ListenerConfig.Tls old =
          Succession.counterpart(ListenerConfig.Tls.class, listener, before.config());
      if (tls != null) {
        loosen("listener " + listener.name(), trustedBeyond(tls, old, before));
      }
    }
    for (Succession.Backends backends : Succession.backends(before.config(), config)) {
      UpstreamTls tls = opened.upstreams().get(backends.after().name());
      Upstream inUse = before.upstream(backends.before().name());
      if (tls != null && inUse != null) {
        loosen(backends.subject(), tls.trustedBeyond(inUse.tls()));
      }
    }
  }

  /**
   * @param old the counterpart; null for a new listener, which is measured by the one that it
   *     loosens the least
   */
  private static List<String> trustedBeyond(
      ServerTls opened, ListenerConfig.@Nullable Tls old, GatewayRuntime before) {
    return before.listeners().values().stream()
        .filter(each -> old == null || each.config().name().equals(old.name()))
        .map(RunningListener::tls)
        .filter(Objects::nonNull)
        .map(opened::trustedBeyond)
        .min(Comparator.comparingInt(List::size))
        .orElse(List.of());
  }

  private void loosen(String who, List<String> what) {
    what.forEach(each -> loosened.add(who + ": " + each));
  }

  /** Returns what is trusted beyond what was before, by what the files hold. */
  public List<String> loosened() {
    return loosened;
  }

  // ---- build

  /** Builds the runtime, once everything is opened and bound. */
  public GatewayRuntime build() {
    Map<String, Upstream> upstreams = upstreams();
    RouteTable routes = new RouteTable(config.routes());
    Map<String, RouteTarget> targets = new LinkedHashMap<>();
    Set<Upstream> reached = new LinkedHashSet<>();
    for (RouteConfig route : config.routes()) {
      Upstream upstream = Objects.requireNonNull(upstreams.get(route.backend()));
      reached.add(upstream);
      targets.put(
          route.name(),
          new RouteTarget(
              route, upstream.client(), services.metrics().route(route.name(), route.backend())));
    }
    Map<String, RunningListener> listeners = new LinkedHashMap<>();
    for (ListenerConfig listener : config.listeners().values()) {
      listeners.put(
          listener.name(),
          switch (listener) {
            case ListenerConfig.Tls tls -> tlsListener(tls, routes, targets, reached);
            case ListenerConfig.Redirect redirect -> redirectListener(redirect, routes);
          });
    }
    return new GatewayRuntime(
        config,
        keys,
        accessLog,
        Collections.unmodifiableMap(upstreams),
        Collections.unmodifiableMap(listeners));
  }

  private Map<String, Upstream> upstreams() {
    Map<String, Upstream> upstreams = new LinkedHashMap<>();
    for (BackendConfig backend : config.backends().values()) {
      Upstream kept = kept(backend);
      upstreams.put(backend.name(), kept != null ? kept : newUpstream(backend));
    }
    return upstreams;
  }

  private Upstream newUpstream(BackendConfig backend) {
    UpstreamTls tls = Objects.requireNonNull(opened.upstreams().get(backend.name()));
    UpstreamClient client =
        new UpstreamClient(
            new Cluster(backend),
            new MutualTls(tls),
            services.transport(),
            services.metrics(),
            services.memory()::isExhausted,
            services.audit());
    return new Upstream(backend, tls, client);
  }

  private RunningListener tlsListener(
      ListenerConfig.Tls listener,
      RouteTable routes,
      Map<String, RouteTarget> targets,
      Set<Upstream> reached) {
    RunningListener old = listener(listener.name());
    if (old != null && old.upstreams().equals(reached) && isSame(old, listener)) {
      return old;
    }
    Admission admission = admission(listener);
    DownstreamMetrics metrics = services.metrics().downstream(listener.name());
    ServerTls tls = Objects.requireNonNull(opened.servers().get(listener.name()));
    ProxyContext forwarding =
        ProxyContext.of(
            routes,
            Map.copyOf(targets),
            services.metrics().route(UNROUTED, UNROUTED),
            metrics,
            listener,
            services.transport().loops(),
            services.memory(),
            unaudited(),
            accessLog,
            services.audit());
    ChannelHandler pipeline =
        new TlsPipeline(
            acceptContext(listener, admission, listener.tls().clientHelloTimeout()),
            listener,
            tls,
            forwarding,
            config.drainTimeout());
    ListenerGeneration generation = new ListenerGeneration(admission, pipeline, metrics);
    return new RunningListener(listener, tls, 0, admission, generation, Set.copyOf(reached));
  }

  /** Returns what says whether exchanges are refused because audit lines cannot be written. */
  private BooleanSupplier unaudited() {
    LogStatus audit = services.logs().get(Log.AUDIT);
    return audit != null && config.auditLog().unwritable() == UnwritableLog.STOP_SERVING
        ? audit::isUnwritable
        : () -> false;
  }

  private RunningListener redirectListener(ListenerConfig.Redirect listener, RouteTable routes) {
    int port = publicPort(listener.redirectTo());
    RunningListener old = listener(listener.name());
    if (old != null && old.httpsPort() == port && isSame(old, listener)) {
      return old;
    }
    Admission admission = admission(listener);
    DownstreamMetrics metrics = services.metrics().downstream(listener.name());
    ChannelHandler pipeline =
        new PlainPipeline(
            acceptContext(listener, admission, listener.limits().headerTimeout()),
            listener.limits(),
            new Redirection(
                listener.name(),
                routes,
                port,
                services.credentials().acme()::answer,
                MinimumRate.perLoop(
                    services.transport().loops(),
                    listener.limits().pace(),
                    listener.limits().bodyIdleTimeout()),
                metrics,
                accessLog,
                services.audit()));
    ListenerGeneration generation = new ListenerGeneration(admission, pipeline, metrics);
    return new RunningListener(listener, null, port, admission, generation, Set.of());
  }

  /** Whether its connections would be treated as before, apart from where they are sent. */
  private boolean isSame(RunningListener old, ListenerConfig listener) {
    return before != null
        && Settings.same(old.config(), listener)
        && before.accessLog().equals(accessLog)
        && before.config().auditLog().equals(config.auditLog())
        && Settings.same(before.config().routes(), config.routes())
        && before.config().drainTimeout().equals(config.drainTimeout());
  }

  /**
   * Returns the admission in use, which goes on counting, or a new one; see {@link Admission#use}.
   */
  private Admission admission(ListenerConfig listener) {
    RunningListener old = listener(listener.name());
    return old != null
        ? old.admission()
        : new Admission(
            listener.name(),
            listener.limits(),
            listener.proxies().trusted(),
            services.memory(),
            services.metrics().downstream(listener.name()),
            services.audit());
  }

  private AcceptContext acceptContext(
      ListenerConfig listener, Admission admission, Duration headerTimeout) {
    return new AcceptContext(
        listener.name(),
        listener.proxies(),
        admission,
        headerTimeout,
        services.metrics().downstream(listener.name()),
        services.audit());
  }

  private int publicPort(String tlsListener) {
    ListenerConfig.Tls tls =
        (ListenerConfig.Tls) Objects.requireNonNull(config.listeners().get(tlsListener));
    return tls.publicPort() != 0
        ? tls.publicPort()
        : Objects.requireNonNull(sockets().get(tlsListener)).address().getPort();
  }

  // ---- commit

  /** Leaves to the runtime what was opened and bound. */
  public void commit() {
    committed = true;
  }

  /** Closes what was opened and bound, unless it was committed. */
  @Override
  public void close() {
    if (!committed) {
      opened.close();
      if (bound != null) {
        bound.discard();
      }
    }
  }
}
