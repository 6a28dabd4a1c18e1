package sallyport.gateway.runtime;

import io.netty.handler.ssl.ApplicationProtocolNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Cluster;
import sallyport.cluster.sticky.StickyTokens;
import sallyport.comply.change.Succession;
import sallyport.config.GatewayConfig;
import sallyport.config.address.BindAddress;
import sallyport.config.address.PeerUser;
import sallyport.config.admin.AdminBind;
import sallyport.config.admin.AdminListenerConfig;
import sallyport.config.backend.BackendConfig;
import sallyport.config.listener.AdminTlsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.setting.Settings;
import sallyport.connect.UpstreamClient;
import sallyport.connect.endpoint.Addresses;
import sallyport.connect.endpoint.EjectionObserver;
import sallyport.connect.endpoint.EndpointFeed;
import sallyport.connect.endpoint.EndpointsFile;
import sallyport.connect.security.MutualTls;
import sallyport.connect.security.PassThrough;
import sallyport.connect.security.PlainLocal;
import sallyport.connect.security.Security;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.sources.Sources;
import sallyport.gateway.maintenance.MaintenanceFile;
import sallyport.net.inherit.InheritedSockets;
import sallyport.net.listener.Listener;
import sallyport.observe.access.AccessLog;
import sallyport.tls.server.ServerTls;
import sallyport.tls.upstream.UpstreamTls;

/**
 * Builder of the runtime of a configuration, in the order of the data: {@link #open}, {@link
 * #bind}, {@link #build}, {@link #commit}. It takes over the parts of the runtime in use whose
 * settings are unchanged, and makes the others. Before {@link #commit} nothing in use changes, and
 * {@link #close} closes the new parts.
 *
 * <p>One thread.
 */
public final class RuntimeBuilder implements AutoCloseable {
  private final GatewayResources gateway;
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
   * @param before the runtime in use; null at the start
   * @param keys opens keys with the settings of this configuration
   */
  public RuntimeBuilder(
      GatewayResources gateway,
      @Nullable GatewayRuntime before,
      GatewayConfig config,
      KeyOpener keys) {
    this.gateway = gateway;
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
   * Returns all that the runtime in use has opened from files and that stays in use. Session ticket
   * keys can stay although their listener changes.
   */
  public Set<Rotatable> staying() {
    Set<Rotatable> staying = new LinkedHashSet<>();
    if (before == null) {
      return staying;
    }
    for (ListenerConfig listener : config.listeners().values()) {
      RunningListener old = before.listener(listener.name());
      if (old != null) {
        staying.addAll(old.service().staying(listener));
      }
    }
    for (AdminTlsConfig admin : config.admin().tls()) {
      ServerTls old = before.server(admin.name());
      if (old != null && Settings.same(before.config().tlsListener(admin.name()), admin)) {
        staying.addAll(RotationSubjects.rotatables(RotationSubjects.of(old)));
      }
    }
    for (BackendConfig backend : config.backends().values()) {
      Upstream kept = kept(backend);
      if (kept != null) {
        staying.addAll(RotationSubjects.rotatables(RotationSubjects.of(kept)));
      }
    }
    for (MaintenanceFile file : gateway.maintenance().of(config.routes())) {
      if (before.maintenance().contains(file)) {
        staying.add(file);
      }
    }
    return staying;
  }

  /** Returns the backend in use if its settings are the same; else null. */
  private @Nullable Upstream kept(BackendConfig backend) {
    Upstream old = before == null ? null : before.upstream(backend.name());
    return old != null && Settings.same(old.config(), backend) ? old : null;
  }

  // ---- open, bind

  /**
   * Opens certificates, keys and trust of new and changed parts, within the time limit for sources.
   *
   * @param problems takes a line for each problem
   */
  public void open(List<String> problems) {
    Sources.Use use = keys.use();
    held =
        use.call(
            () -> {
              opened =
                  new CredentialOpener(gateway.credentials(), keys).open(config, before, problems);
              gateway.maintenance().open(config.routes(), problems);
              if (before != null) {
                compareTrust(before);
              }
              return use.held();
            });
  }

  /** Returns the SHA-256 of each file as it was opened, hex. */
  public Map<Path, String> held() {
    return held;
  }

  /**
   * Binds the addresses of the listeners that are not bound yet.
   *
   * @param inherited sockets of other processes, which are taken over before any is bound
   * @throws IOException when an address cannot be bound; names its line in the configuration
   */
  public void bind(Sockets sockets, InheritedSockets inherited) throws IOException {
    try {
      bound = sockets.bind(binds(), inherited);
    } catch (Sockets.CannotBind cannot) {
      ListenerConfig listener = config.listeners().get(cannot.listener());
      if (listener == null) {
        throw cannot;
      }
      String text = String.valueOf(cannot.getMessage());
      throw new IOException(listener.location().child("bind").problem(text), cannot);
    }
  }

  /** Returns the TLS of listeners by their names, once it is opened. */
  public Map<String, ServerTls> servers() {
    return opened.servers();
  }

  /** Returns the addresses to bind, by the names of their listeners. */
  public Map<String, BindAddress> binds() {
    Map<String, BindAddress> binds = new LinkedHashMap<>();
    config.listeners().forEach((name, listener) -> binds.put(name, listener.bind()));
    for (AdminListenerConfig admin : config.admin().listeners()) {
      if (admin.bind() instanceof AdminBind.Tcp(BindAddress bind)) {
        binds.put(admin.name(), bind);
      }
    }
    return binds;
  }

  /** Returns the sockets by the names of their listeners, once they are bound. */
  public Map<String, Listener> sockets() {
    return Objects.requireNonNull(bound).byName();
  }

  /** Returns the TLS of a listener, once it is opened; null for a plain one. */
  public @Nullable ServerTls server(String listener) {
    return opened.servers().get(listener);
  }

  /** Compares the trust of each renamed part with the trust of its counterpart. */
  private void compareTrust(GatewayRuntime before) {
    for (ListenerConfig listener : config.listeners().values()) {
      ServerTls tls = opened.servers().get(listener.name());
      ListenerConfig old = Succession.counterpart(listener.getClass(), listener, before.config());
      if (tls != null) {
        loosen("listener " + listener.name(), trustedBeyond(tls, old, before));
      }
    }
    for (AdminTlsConfig admin : config.admin().tls()) {
      ServerTls tls = opened.servers().get(admin.name());
      ServerTls inUse = before.server(admin.name());
      if (tls != null && inUse != null) {
        loosen(admin.name(), tls.trustedBeyond(inUse));
      }
    }
    for (Succession.Backends backends : Succession.backends(before.config(), config)) {
      UpstreamTls tls = opened.upstreams().get(backends.after().name());
      Upstream inUse = before.upstream(backends.before().name());
      if (tls != null && inUse != null) {
        inUse.tls().ifPresent(old -> loosen(backends.subject(), tls.trustedBeyond(old)));
      }
    }
  }

  /**
   * @param old the counterpart; null for a new listener, which is compared with the one that it
   *     loosens the least
   */
  private static List<String> trustedBeyond(
      ServerTls opened, @Nullable ListenerConfig old, GatewayRuntime before) {
    return before.listeners().values().stream()
        .filter(each -> old == null || each.config().name().equals(old.name()))
        .flatMap(each -> each.service().servers().stream())
        .map(opened::trustedBeyond)
        .min(Comparator.comparingInt(List::size))
        .orElse(List.of());
  }

  private void loosen(String who, List<String> what) {
    what.forEach(each -> loosened.add(who + ": " + each));
  }

  /** Returns what the files trust beyond those in use, in lines for people. */
  public List<String> loosened() {
    return loosened;
  }

  // ---- build

  /** Builds the runtime, once everything is opened and bound. */
  public GatewayRuntime build() {
    Map<String, Upstream> upstreams = upstreams();
    ListenerBuilder builder =
        new ListenerBuilder(
            gateway, before, config, opened.servers(), sockets(), upstreams, accessLog);
    Map<String, RunningListener> listeners = new LinkedHashMap<>();
    config.listeners().forEach((name, listener) -> listeners.put(name, builder.build(listener)));
    return new GatewayRuntime(
        config,
        keys,
        accessLog,
        Collections.unmodifiableMap(upstreams),
        Collections.unmodifiableMap(listeners),
        admin(),
        gateway.maintenance().of(config.routes()));
  }

  private Map<String, ServerTls> admin() {
    Map<String, ServerTls> admin = new LinkedHashMap<>();
    for (AdminTlsConfig each : config.admin().tls()) {
      admin.put(each.name(), Objects.requireNonNull(opened.servers().get(each.name())));
    }
    return Collections.unmodifiableMap(admin);
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
    Security security = security(backend);
    Cluster cluster = cluster(backend);
    UpstreamClient client =
        new UpstreamClient(
            cluster,
            security,
            Addresses.by(gateway.names()),
            gateway.transport(),
            gateway.metrics(),
            gateway.memory()::isExhausted,
            gateway.audit());
    EndpointFeed feed = new EndpointFeed(cluster, gateway.names());
    EndpointsFile file = opened.endpointsFile(backend.name());
    feed.start(file == null ? backend.endpoints() : file.endpoints()).syncUninterruptibly();
    return new Upstream(backend, security, client, feed, file);
  }

  private Security security(BackendConfig backend) {
    return switch (backend.security()) {
      case BackendConfig.Security.MutualTls tls ->
          new MutualTls(Objects.requireNonNull(opened.upstreams().get(backend.name())));
      case BackendConfig.Security.PlainLocal(PeerUser peerUser) ->
          new PlainLocal(peerUser, ownUser(), protocol(backend));
      case BackendConfig.Security.PassThrough passes -> new PassThrough();
    };
  }

  private static String protocol(BackendConfig backend) {
    return switch (backend.protocol()) {
      case HTTP1, AUTO -> ApplicationProtocolNames.HTTP_1_1;
      case HTTP2 -> ApplicationProtocolNames.HTTP_2;
      case TCP, POSTGRES, PASS_THROUGH -> "";
    };
  }

  private static int ownUser() {
    try {
      return PeerUser.own();
    } catch (IOException noSuchFile) {
      throw new UncheckedIOException(noSuchFile);
    }
  }

  private Cluster cluster(BackendConfig backend) {
    return new Cluster(
        backend,
        (endpoint, outcome) -> {},
        new EjectionObserver(backend, gateway.metrics()),
        System::nanoTime,
        tokens(backend));
  }

  private @Nullable StickyTokens tokens(BackendConfig backend) {
    if (backend.sticky().cookie() == null) {
      return null;
    }
    SecretKey key = opened.stickyKey(backend.name());
    return key == null
        ? StickyTokens.ofProcess(backend.name())
        : new StickyTokens(key, backend.name());
  }

  // ---- commit

  /** Keeps the opened and bound parts open for the runtime. */
  public void commit() {
    committed = true;
  }

  /** Closes the opened and bound parts, unless they are committed. */
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
