package sallyport.gateway;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.acme.Acme;
import sallyport.admin.AdminPipeline;
import sallyport.admin.Readiness;
import sallyport.admin.Reload;
import sallyport.admin.StatusPage;
import sallyport.admission.Admission;
import sallyport.admission.BufferMemory;
import sallyport.backend.Backend;
import sallyport.config.BackendConfig;
import sallyport.config.BindAddress;
import sallyport.config.CertificateConfig;
import sallyport.config.ConfigException;
import sallyport.config.GatewayConfig;
import sallyport.config.ListenerConfig;
import sallyport.config.RouteConfig;
import sallyport.downstream.Entrance;
import sallyport.downstream.PlainPipeline;
import sallyport.downstream.TlsPipeline;
import sallyport.keys.KeyOpener;
import sallyport.listener.Listener;
import sallyport.logging.AccessLog;
import sallyport.logging.AuditEvent;
import sallyport.logging.AuditLog;
import sallyport.logging.BoundedAuditLog;
import sallyport.metrics.GatewayMetrics;
import sallyport.proxy.Forwarding;
import sallyport.proxy.RouteTarget;
import sallyport.redirect.Redirection;
import sallyport.revocation.Ocsp;
import sallyport.revocation.Staples;
import sallyport.route.RouteTable;
import sallyport.tls.Rotatable;
import sallyport.tls.ServerTls;
import sallyport.tls.UpstreamTls;
import sallyport.transport.Transport;
import sallyport.upstream.UpstreamClient;

/** A running gateway. */
public final class Gateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

  /** Stands for requests that no route serves, in metric tags. */
  private static final String UNROUTED = "_none";

  private static final String ADMIN = "admin";

  private static final int ADMIN_CONNECTIONS = 100;

  private final GatewayConfig config;
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final Readiness readiness = new Readiness();
  private final BoundedAuditLog audit;
  private final AccessLog accessLog;
  private final RouteTable routes;
  private final BufferMemory memory;
  private final Transport transport;
  private final Clock clock;
  private final KeyOpener keys;
  private final Ocsp ocsp;
  private final Staples staples;
  private final Rotations rotations;
  private final Acme acme;

  private final Map<String, UpstreamTls> upstreamTls = new LinkedHashMap<>();
  private final Map<String, ServerTls> serverTls = new LinkedHashMap<>();
  private final Map<String, UpstreamClient> clients = new LinkedHashMap<>();
  private final Map<String, Listener> listeners = new LinkedHashMap<>();
  private boolean closed;

  private Gateway(GatewayConfig config, Clock clock) {
    this.config = config;
    this.clock = clock;
    this.accessLog =
        config.accessLog().enabled()
            ? AccessLog.jsonLines(config.accessLog().query(), config.accessLog().clientSubject())
            : AccessLog.none();
    this.routes = new RouteTable(config.routes());
    this.transport = Transport.create(config.runtime());
    this.audit =
        new BoundedAuditLog(
            AuditLog.jsonLines(), config.auditLog().linesPerSecond(), transport.loops());
    this.keys = new KeyOpener(config.keys(), audit, clock);
    this.ocsp = new Ocsp(clock);
    this.staples = new Staples(ocsp, metrics, audit, clock);
    this.rotations =
        new Rotations(
            keys,
            clock,
            audit,
            metrics,
            new ExpiryWatch(config.keys().expiryWarnings(), clock, audit, metrics));
    this.acme =
        new Acme(
            certificates(config),
            new AcmeListeners(serverTls.values(), rotations),
            keys,
            metrics,
            audit,
            clock);
    this.memory = new BufferMemory(config.runtime().maxBufferMemory());
    metrics.transport(transport.name());
    metrics.buffers(memory::used, memory.limit());
  }

  /**
   * Opens certificates and keys, binds every listener, and serves.
   *
   * @throws ConfigException when a certificate, a key or a trust file cannot be used; says all of
   *     them
   * @throws IOException when a listener cannot be bound; says which and why
   */
  public static Gateway start(GatewayConfig config) throws ConfigException, IOException {
    return start(config, Clock.systemUTC());
  }

  /**
   * The same by another clock: what is valid, and which ticket keys there are, it says.
   *
   * @throws ConfigException as above
   * @throws IOException as above
   */
  public static Gateway start(GatewayConfig config, Clock clock)
      throws ConfigException, IOException {
    Gateway gateway = new Gateway(config, clock);
    try {
      gateway.openKeys();
      gateway.prepareUpstreams();
      gateway.bind();
    } catch (ConfigException | IOException | RuntimeException failed) {
      gateway.close();
      throw failed;
    }
    gateway.watchKeys();
    gateway.readiness.ready(gateway::awaited);
    gateway.acme.start();
    gateway.audit.record(new AuditEvent.Started(version(), config.source(), config.sha256()));
    return gateway;
  }

  // ---- start, in the order of the data

  /** Those that authorities issue by themselves. */
  private static List<CertificateConfig.Acme> certificates(GatewayConfig config) {
    List<CertificateConfig.Acme> certificates = new ArrayList<>();
    for (ListenerConfig listener : config.listeners().values()) {
      if (listener instanceof ListenerConfig.Tls tls) {
        tls.tls().certificates().stream()
            .filter(CertificateConfig.Acme.class::isInstance)
            .map(CertificateConfig.Acme.class::cast)
            .forEach(certificates::add);
      }
    }
    return certificates;
  }

  private void openKeys() throws ConfigException {
    List<String> problems = new ArrayList<>();
    acme.prepare(problems);
    for (ListenerConfig listener : config.listeners().values()) {
      if (listener instanceof ListenerConfig.Tls tls) {
        ServerTls loaded = ServerTls.load(tls, keys, staples, metrics, audit, clock, problems);
        if (loaded != null) {
          serverTls.put(tls.name(), loaded);
        }
      }
    }
    for (BackendConfig backend : config.backends().values()) {
      UpstreamTls loaded = UpstreamTls.load(backend, keys, ocsp, metrics, audit, clock, problems);
      if (loaded != null) {
        upstreamTls.put(backend.name(), loaded);
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }

  private void prepareUpstreams() {
    for (BackendConfig backend : config.backends().values()) {
      UpstreamTls tls = Objects.requireNonNull(upstreamTls.get(backend.name()));
      clients.put(
          backend.name(), new UpstreamClient(new Backend(backend), tls, transport, metrics, audit));
    }
  }

  private void watchKeys() {
    for (ServerTls tls : serverTls.values()) {
      rotations.add(tls, tls::cutDenied);
      Rotatable tickets = tls.ticketKeys();
      if (tickets != null) {
        rotations.add(tickets, tls::useTicketKeys);
      }
      Rotatable denyList = tls.denyList();
      if (denyList != null) {
        rotations.add(denyList, tls::cutDenied);
      }
    }
    upstreamTls.forEach(
        (name, tls) -> rotations.add(tls, Objects.requireNonNull(clients.get(name))::renew));
    rotations.start(config.keys().watch(), serverTls.values());
  }

  private void bind() throws IOException {
    Map<String, RouteTarget> targets = new LinkedHashMap<>();
    for (RouteConfig route : config.routes()) {
      targets.put(
          route.name(),
          new RouteTarget(
              route,
              Objects.requireNonNull(clients.get(route.backend())),
              metrics.route(route.name(), route.backend())));
    }
    for (ListenerConfig listener : config.listeners().values()) {
      Admission admission = admission(listener);
      listen(
          listener.name(),
          listener.bind(),
          admission,
          switch (listener) {
            case ListenerConfig.Tls tls -> tlsPipeline(tls, admission, Map.copyOf(targets));
            case ListenerConfig.Redirect redirect -> plainPipeline(redirect, admission);
          });
    }
    listen(
        ADMIN,
        config.admin().bind(),
        Admission.upTo(ADMIN_CONNECTIONS, ADMIN, metrics.downstream(ADMIN), audit),
        new AdminPipeline(metrics, readiness, this::status, this::reloadForAdmin));
    // All bind at once; then each is waited for.
    for (Listener listener : listeners.values()) {
      ChannelFuture binding = listener.binding().awaitUninterruptibly();
      if (!binding.isSuccess()) {
        BindAddress bind = bindOf(listener.name());
        throw new IOException(
            "cannot bind listener %s to %s:%d: %s"
                .formatted(listener.name(), bind.host(), bind.port(), binding.cause().getMessage()),
            binding.cause());
      }
    }
  }

  private BindAddress bindOf(String name) {
    ListenerConfig listener = config.listeners().get(name);
    return listener != null ? listener.bind() : config.admin().bind();
  }

  private void listen(String name, BindAddress bind, Admission admission, ChannelHandler pipeline) {
    listeners.put(
        name, new Listener(name, bind, admission, pipeline, transport, metrics.downstream(name)));
  }

  private Admission admission(ListenerConfig listener) {
    return new Admission(
        listener.name(),
        listener.limits(),
        listener.proxies().trusted(),
        memory,
        metrics.downstream(listener.name()),
        audit);
  }

  private Entrance entrance(ListenerConfig listener, Admission admission, Duration headerTimeout) {
    return new Entrance(
        listener.name(),
        listener.proxies(),
        admission,
        headerTimeout,
        metrics.downstream(listener.name()),
        audit);
  }

  private ChannelHandler tlsPipeline(
      ListenerConfig.Tls listener, Admission admission, Map<String, RouteTarget> targets) {
    Forwarding forwarding =
        Forwarding.of(
            routes,
            targets,
            metrics.route(UNROUTED, UNROUTED),
            metrics.downstream(listener.name()),
            listener,
            transport.loops(),
            memory,
            accessLog,
            audit);
    return new TlsPipeline(
        entrance(listener, admission, listener.tls().clientHelloTimeout()),
        listener,
        Objects.requireNonNull(serverTls.get(listener.name())),
        forwarding,
        config.drainTimeout());
  }

  private ChannelHandler plainPipeline(ListenerConfig.Redirect listener, Admission admission) {
    return new PlainPipeline(
        entrance(listener, admission, listener.limits().headerTimeout()),
        listener.limits(),
        new Redirection(
            listener.name(),
            routes,
            () -> publicPort(listener.redirectTo()),
            acme::answer,
            metrics.downstream(listener.name()),
            accessLog,
            audit));
  }

  private int publicPort(String tlsListener) {
    boolean configured =
        config.listeners().get(tlsListener) instanceof ListenerConfig.Tls tls
            && tls.publicPort() != 0;
    return configured
        ? ((ListenerConfig.Tls) Objects.requireNonNull(config.listeners().get(tlsListener)))
            .publicPort()
        : address(tlsListener).getPort();
  }

  // ---- while it runs

  /** The bound address of each listener, and of {@code admin}, in the order of the file. */
  public Map<String, InetSocketAddress> addresses() {
    Map<String, InetSocketAddress> addresses = new LinkedHashMap<>();
    listeners.forEach((name, listener) -> addresses.put(name, listener.address()));
    return addresses;
  }

  /**
   * The bound address of a listener, or of {@code admin}.
   *
   * @throws IllegalArgumentException when there is none of this name
   */
  public InetSocketAddress address(String listener) {
    Listener found = listeners.get(listener);
    if (found == null) {
      throw new IllegalArgumentException("no listener " + listener);
    }
    return found.address();
  }

  /**
   * Opens certificates, keys and trust again, and uses what is new for handshakes from now on. What
   * cannot be used, or trusts more than before, is refused, and what was in use stays.
   *
   * @param trigger who asks, for the audit log
   * @param allowWeaken why more may be trusted than before; null when it may not
   * @return whether nothing was refused
   */
  public boolean reload(String trigger, @Nullable String allowWeaken) {
    return rotations.rotateAll(trigger, allowWeaken).good();
  }

  private Reload.Result reloadForAdmin(@Nullable String allowWeaken) {
    return rotations.rotateAll("admin", allowWeaken);
  }

  private StatusPage status() {
    return StatusReport.of(config, version(), transport.name(), addresses(), rotations.held());
  }

  /** What has yet to be issued. */
  private Readiness.Awaited awaited() {
    Set<String> names = new TreeSet<>();
    boolean serving = true;
    for (ServerTls tls : serverTls.values()) {
      names.addAll(tls.awaited());
      serving &= tls.hasCertificate();
    }
    return new Readiness.Awaited(names, serving);
  }

  private static String version() {
    return Objects.requireNonNullElse(
        Gateway.class.getPackage().getImplementationVersion(), "development");
  }

  // ---- stop

  /**
   * Stops accepting, lets exchanges in flight end, and says so to clients (Connection: close,
   * GOAWAY). The admin listener goes on, and answers that the gateway is not ready.
   *
   * @return whether all connections ended within {@code timeout}; the others are still open
   */
  public boolean drain(Duration timeout) {
    readiness.draining();
    long deadline = System.nanoTime() + timeout.toNanos();
    List<Future<?>> ends = new ArrayList<>();
    listeners.forEach(
        (name, listener) -> {
          if (!name.equals(ADMIN)) {
            ends.add(listener.drain());
          }
        });
    boolean drained = true;
    for (Future<?> end : ends) {
      long left = Math.max(0, deadline - System.nanoTime());
      drained &= end.awaitUninterruptibly(left, TimeUnit.NANOSECONDS);
    }
    return drained;
  }

  /** Cuts what is still open and frees everything. A second call does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    acme.close();
    rotations.close();
    staples.close();
    ocsp.close();
    keys.close();
    int cut = 0;
    for (Listener listener : listeners.values()) {
      int open = listener.cut();
      cut += listener.name().equals(ADMIN) ? 0 : open;
    }
    clients.values().forEach(UpstreamClient::close);
    if (!transport.close().awaitUninterruptibly(15, TimeUnit.SECONDS)) {
      LOG.warn("event loops did not end within 15 s");
    }
    serverTls.values().forEach(ServerTls::close);
    upstreamTls.values().forEach(UpstreamTls::close);
    metrics.close();
    audit.close();
    audit.record(new AuditEvent.Stopped(cut));
  }
}
