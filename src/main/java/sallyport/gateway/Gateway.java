package sallyport.gateway;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.admin.AdminContext;
import sallyport.admin.AdminPages;
import sallyport.admin.AdminPipeline;
import sallyport.admin.Readiness;
import sallyport.admin.access.Operator;
import sallyport.config.ConfigSource;
import sallyport.config.GatewayConfig;
import sallyport.config.address.BindAddress;
import sallyport.config.admin.AdminBind;
import sallyport.config.admin.AdminListenerConfig;
import sallyport.config.admin.AdminPart;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.sources.Sources;
import sallyport.gate.rate.RouteRates;
import sallyport.gateway.handover.HandOver;
import sallyport.gateway.handover.HandOverServer;
import sallyport.gateway.handover.TakeOver;
import sallyport.gateway.maintenance.MaintenanceFiles;
import sallyport.gateway.reload.ReloadCoordinator;
import sallyport.gateway.reload.ReloadObserver;
import sallyport.gateway.reload.Rotations;
import sallyport.gateway.runtime.CredentialServices;
import sallyport.gateway.runtime.GatewayResources;
import sallyport.gateway.runtime.GatewayRuntime;
import sallyport.gateway.runtime.RuntimeBuilder;
import sallyport.gateway.runtime.Sockets;
import sallyport.logging.LogStatus;
import sallyport.logging.setup.Logs;
import sallyport.net.ConnectionEvent;
import sallyport.net.admission.Admission;
import sallyport.net.admission.BufferMemory;
import sallyport.net.handover.Peer;
import sallyport.net.inherit.InheritedSockets;
import sallyport.net.inherit.SystemdSockets;
import sallyport.net.listener.Listener;
import sallyport.net.listener.ListenerGeneration;
import sallyport.net.names.Names;
import sallyport.net.transport.Transport;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.BoundedAuditLog;
import sallyport.observe.metrics.DownstreamMetrics;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.LogMetrics;
import sallyport.postgres.CancelSessions;

/** Running gateway, from its start to its close. Any thread. */
public final class Gateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

  private static final int ADMIN_CONNECTIONS = 100;
  private static final Duration LAST_HANDSHAKES = Duration.ofSeconds(10);

  private final Readiness readiness = new Readiness();
  private final Transport adminTransport;
  private final BoundedAuditLog audit;
  private final Rotations rotations;
  private final CredentialServices credentials;
  private final GatewayResources resources;
  private final Sockets sockets;
  private final Instant started;
  private volatile @Nullable ReloadCoordinator reloads;
  private volatile @Nullable ControlSocket control;
  private @Nullable TakeOver takeOver;
  private volatile @Nullable HandOver handOver;

  /** Open until a stop takes no more connections. */
  private final CountDownLatch lameDuck = new CountDownLatch(1);

  private volatile boolean closing;
  private boolean closed;

  /** Creates what lasts as long as the gateway. Opens nothing yet. */
  private Gateway(GatewayConfig config, Clock clock) {
    Transport transport = Transport.create(config.runtime());
    this.adminTransport = transport.apart("sallyport-admin");
    this.audit = new BoundedAuditLog(config.auditLog().linesPerSecond(), adminTransport.loops());
    GatewayMetrics metrics = new GatewayMetrics();
    this.rotations = new Rotations(config.keys().expiryWarnings(), clock, audit, metrics);
    this.credentials =
        CredentialServices.create(
            config,
            metrics,
            audit,
            clock,
            challenges -> new AcmeListeners(challenges, rotations),
            first -> () -> keysInUse(first));
    this.resources =
        new GatewayResources(
            credentials,
            Logs.status(),
            transport,
            new Names(config.dns(), metrics),
            new BufferMemory(config.runtime().maxBufferMemory()),
            new RouteRates(System::nanoTime),
            new CancelSessions(),
            new MaintenanceFiles());
    this.sockets = new Sockets(transport, adminTransport);
    this.started = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    measure(metrics);
  }

  private void measure(GatewayMetrics metrics) {
    resources.logs().forEach((log, status) -> metrics.log(log.tag(), meters(status)));
    metrics.transport(resources.transport().name());
    KeyOpener keys = credentials.keys();
    for (Sources.Kind kind : Sources.Kind.values()) {
      metrics.sourceTimeouts(kind.label(), () -> keys.sources().timeouts(kind));
    }
    keys.onToken(
        token -> metrics.tokenUp(token, () -> usesToken(token), () -> keys.isTokenUp(token)));
    metrics.sourcesHanging(keys.sources()::hanging);
    metrics.buffers(resources.memory()::used, resources.memory().limit());
  }

  private static LogMetrics meters(LogStatus status) {
    return new LogMetrics(
        status::lost, status::waiting, status.capacity(), () -> !status.isUnwritable());
  }

  // ---- start

  /**
   * Opens certificates and keys, binds every listener, and serves. A reload finds this
   * configuration unchanged.
   *
   * @throws InvalidConfiguration when a certificate, a key or a trust file cannot be used, or a log
   *     file cannot be opened; says all of them
   * @throws IOException when a listener cannot be bound; says which and why
   */
  public static Gateway start(GatewayConfig config) throws InvalidConfiguration, IOException {
    return start(config, Clock.systemUTC());
  }

  /**
   * Starts by another clock, which decides what is valid and which ticket keys there are.
   *
   * @throws InvalidConfiguration as above
   * @throws IOException as above
   */
  public static Gateway start(GatewayConfig config, Clock clock)
      throws InvalidConfiguration, IOException {
    return start(config, () -> config, clock);
  }

  /**
   * Reads the configuration and starts with it.
   *
   * @param source is read again at each reload
   * @throws InvalidConfiguration as above, and when the configuration cannot be read
   * @throws IOException as above
   */
  public static Gateway start(ConfigSource source) throws InvalidConfiguration, IOException {
    return start(Configurations.read(source), () -> Configurations.read(source), Clock.systemUTC());
  }

  private static Gateway start(GatewayConfig config, ConfigSource source, Clock clock)
      throws InvalidConfiguration, IOException {
    Gateway gateway = new Gateway(config, clock);
    try {
      gateway.serve(config, source);
    } catch (InvalidConfiguration | IOException | RuntimeException failed) {
      gateway.close();
      throw failed;
    }
    return gateway;
  }

  /** Goes from the configuration to a ready gateway: opens, binds, builds, accepts, issues. */
  private void serve(GatewayConfig config, ConfigSource source)
      throws InvalidConfiguration, IOException {
    KeyOpener keys = credentials.keys();
    try (RuntimeBuilder builder = new RuntimeBuilder(resources, null, config, keys)) {
      List<String> problems = new ArrayList<>(Logs.problems());
      keys.use()
          .call(
              () -> {
                credentials.acme().prepare(problems);
                return problems;
              });
      builder.open(problems);
      checkHandOver(config, problems);
      if (!problems.isEmpty()) {
        throw new InvalidConfiguration(problems);
      }
      bind(config, builder);
      control = controlSocket(config.admin().of(AdminPart.CONTROL));
      reloads =
          ReloadCoordinator.start(
              builder, source, resources, sockets, rotations, adminGenerations(config, builder));
    }
    String few = OpenFiles.warning(config, OpenFiles.limit());
    if (few != null) {
      LOG.warn("{}", few);
    }
    readiness.ready(this::awaited, this::unwritable, this::backendsDown);
    audit.record(new AuditEvent.Started(version(), config.source(), config.sha256()));
    if (takeOver != null) {
      takeOver.serving(resources, this::runtime);
    }
    if (control != null) {
      control.accept();
    }
    credentials.acme().start();
    if (handOver != null) {
      handOver.publish();
    }
  }

  private void checkHandOver(GatewayConfig config, List<String> problems) {
    Path socket = config.handOver().socket();
    if (socket != null) {
      String problem =
          resources.transport().adopts()
              ? HandOverServer.problem(socket)
              : "needs the transport epoll, which does not load here";
      if (problem != null) {
        problems.add(config.handOver().location().problem(problem));
      }
    }
  }

  /** Gets the sockets from systemd or from the process before, and binds the others. */
  private void bind(GatewayConfig config, RuntimeBuilder builder) throws IOException {
    Map<String, BindAddress> wanted = builder.binds();
    Path socket = config.handOver().socket();
    try (InheritedSockets inherited = new InheritedSockets()) {
      inherited.add(SystemdSockets.passed(resources.transport()));
      inherited.refuseUnwanted(wanted);
      if (socket != null) {
        takeOver = TakeOver.begin(socket, adminTransport.loops());
        if (takeOver != null) {
          takeOver.takeSockets(wanted, inherited);
          takeOver.takeTicketKeys(builder.servers());
        }
        handOver = HandOver.open(socket, adminTransport.loops(), resources, sockets, this::reloads);
      }
      builder.bind(sockets, inherited);
    }
  }

  private Map<String, ListenerGeneration> adminGenerations(
      GatewayConfig config, RuntimeBuilder first) {
    Map<String, ListenerGeneration> generations = new LinkedHashMap<>();
    for (AdminListenerConfig each : config.admin().listeners()) {
      String name = each.name();
      DownstreamMetrics meters = resources.metrics().downstream(name);
      generations.put(
          name,
          new ListenerGeneration(
              Admission.upTo(ADMIN_CONNECTIONS, name, meters, audit),
              new AdminPipeline(
                  adminContext(each),
                  () -> reloads == null ? first.server(name) : runtime().server(name)),
              meters));
    }
    return generations;
  }

  /**
   * @param first its settings until there is a runtime
   */
  private AdminContext adminContext(AdminListenerConfig first) {
    return new AdminContext(
        () ->
            reloads == null
                ? first
                : Objects.requireNonNull(runtime().config().admin().listener(first.name())),
        () -> reloads == null ? Set.of() : runtime().config().admin().hosts(),
        new AdminPages(
            resources.metrics(),
            readiness,
            new OperatorControl(this::reloads, resources, sockets, rotations, version(), started)),
        audit);
  }

  /** Binds the Unix socket of control; returns null where control is at an address. */
  private @Nullable ControlSocket controlSocket(AdminListenerConfig listener) throws IOException {
    return switch (listener.bind()) {
      case AdminBind.Tcp elsewhere -> null;
      case AdminBind.Unix(Path path) -> {
        AdminContext context = adminContext(listener);
        yield ControlSocket.bind(
            path,
            /* replace= */ takeOver != null,
            (channel, operator) -> AdminPipeline.addTo(context, channel, operator, () -> true),
            user ->
                audit.record(
                    new AuditEvent.ControlRefused(
                        listener.name(), new Operator.User(user).text(), "", "user")));
      }
    };
  }

  private KeyOpener keysInUse(KeyOpener first) {
    ReloadCoordinator running = reloads;
    return running == null ? first : running.runtime().keys();
  }

  private ReloadCoordinator reloads() {
    return Objects.requireNonNull(reloads);
  }

  // ---- while it runs

  /** Returns the bound address of each listener, and of {@code admin}, in the order of the file. */
  public Map<String, InetSocketAddress> addresses() {
    return sockets.addresses();
  }

  /**
   * Returns the bound address of a listener, or of {@code admin}.
   *
   * @throws IllegalArgumentException when there is none of this name
   */
  public InetSocketAddress address(String listener) {
    InetSocketAddress found = sockets.addresses().get(listener);
    if (found == null) {
      throw new IllegalArgumentException("no listener " + listener);
    }
    return found;
  }

  /**
   * Reads the configuration again, and opens certificates, keys and trust again; uses what is new
   * from now on. What cannot be used, or is less strict than before, is refused, and what was in
   * use stays.
   *
   * @param trigger who asks, for the audit log
   * @param allowWeaken why security may be loosened; null when it may not
   * @return whether nothing was refused
   */
  public boolean reload(String trigger, @Nullable String allowWeaken) {
    return reloads().reload(trigger, allowWeaken).isDone();
  }

  /** Tells this observer of each reload from now on. */
  public void observeReloads(ReloadObserver observer) {
    reloads().observe(observer);
  }

  /** Returns every event loop, that of the admin listener included. */
  public List<Executor> eventLoops() {
    List<Executor> every = new ArrayList<>();
    resources.transport().loops().forEach(every::add);
    adminTransport.loops().forEach(every::add);
    return every;
  }

  private Readiness.Awaited awaited() {
    return ReadinessReport.awaited(runtime(), credentials.keys(), resources.clock().instant());
  }

  private boolean usesToken(String label) {
    ReloadCoordinator running = reloads;
    return running == null
        || running.runtime().config().certificates().stream()
            .anyMatch(
                each ->
                    each instanceof CertificateConfig.Pkcs11 kept && kept.token().equals(label));
  }

  private Readiness.Unwritable unwritable() {
    return ReadinessReport.unwritable(runtime().config(), resources.logs().values());
  }

  private Readiness.BackendsDown backendsDown() {
    return ReadinessReport.backendsDown(runtime());
  }

  private static String version() {
    return Objects.requireNonNullElse(
        Gateway.class.getPackage().getImplementationVersion(), "development");
  }

  /** Returns the event loops, for tests that wait for their turns. */
  EventLoopGroup loops() {
    return resources.transport().loops();
  }

  /** Returns the runtime in use. */
  GatewayRuntime runtime() {
    return reloads().runtime();
  }

  // ---- stop

  /**
   * Returns a future that is done when another process serves in place of this one, with the id of
   * that process. {@link #drain()} and {@link #close} are due then.
   */
  public CompletableFuture<Integer> handedOver() {
    HandOver mine = handOver;
    return mine == null ? new CompletableFuture<>() : mine.done().thenApply(Peer::process);
  }

  private boolean isHandedOver() {
    HandOver mine = handOver;
    return mine != null && mine.done().isDone();
  }

  /**
   * Drains by the {@code lame-duck} and {@code drain-timeout} of the configuration in use; without
   * a lame duck where another process serves already.
   *
   * @return whether all connections ended in time; the others are still open
   */
  public boolean drain() {
    GatewayConfig config = runtime().config();
    return drain(isHandedOver() ? Duration.ZERO : config.lameDuck(), config.drainTimeout());
  }

  /** Returns how long {@link #drain()} takes at most. */
  public Duration longestDrain() {
    GatewayConfig config = runtime().config();
    return config
        .lameDuck()
        .plusNanos(ConnectionEvent.LAST_REQUESTS_NANOS)
        .plus(config.drainTimeout());
  }

  /** Drains without a lame duck: sockets close at once. */
  public boolean drain(Duration timeout) {
    return drain(Duration.ZERO, timeout);
  }

  /**
   * Says that the gateway is not ready, and serves on as a lame duck until load balancers have
   * noticed. Then accepts no more, takes the requests that are on their way, lets exchanges in
   * flight end, and says so to clients (Connection: close, GOAWAY). The admin listener goes on,
   * unless another process serves already.
   *
   * @param longest how long connections are still accepted; {@link #endLameDuck} and {@link #close}
   *     end it
   * @param timeout how long exchanges in flight may take from then on
   * @return whether all connections ended in time; the others are still open
   */
  public boolean drain(Duration longest, Duration timeout) {
    boolean handedOver = isHandedOver();
    if (!handedOver) {
      if (handOver != null) {
        handOver.close();
      }
      // Else load balancers ask the next process, and must not hear of this one.
      readiness.draining();
    }
    audit.record(new AuditEvent.Stopping(longest.toMillis(), timeout.toMillis()));
    reloads().stop();
    serveAsLameDuck(longest);
    if (closing) {
      return false;
    }
    Collection<Listener> listening = sockets.allButAdmin();
    listening.forEach(socket -> socket.retire().awaitUninterruptibly());
    if (handedOver) {
      awaitAll(sockets.adminLeft(), ConnectionEvent.LAST_REQUESTS_NANOS);
      sockets.cutAdmin();
    }
    awaitAll(
        listening.stream().map(Listener::left).toList(),
        handedOver ? lastHandshakes(timeout) : ConnectionEvent.LAST_REQUESTS_NANOS);
    List<? extends Future<?>> ends = listening.stream().map(Listener::drain).toList();
    LOG.info("draining for {} at most: every connection has been told", timeout);
    return awaitAll(ends, timeout.toNanos());
  }

  /**
   * Returns how long connections that were accepted shortly before a hand-over have for the
   * handshake and the first request, in nanoseconds. A client that is told to go then sees a
   * failure.
   */
  private static long lastHandshakes(Duration drainTimeout) {
    return Math.min(LAST_HANDSHAKES.toNanos(), drainTimeout.toNanos());
  }

  private void serveAsLameDuck(Duration longest) {
    try {
      if (!lameDuck.await(longest.toNanos(), TimeUnit.NANOSECONDS)) {
        lameDuck.countDown();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Ends the lame duck of a stop that is under way or to come.
   *
   * @return false when it has ended already
   */
  public boolean endLameDuck() {
    boolean lasts = lameDuck.getCount() > 0;
    lameDuck.countDown();
    return lasts;
  }

  private static boolean awaitAll(List<? extends Future<?>> ends, long nanos) {
    long deadline = System.nanoTime() + nanos;
    boolean ended = true;
    for (Future<?> end : ends) {
      long left = Math.max(0, deadline - System.nanoTime());
      ended &= end.awaitUninterruptibly(left, TimeUnit.NANOSECONDS);
    }
    return ended;
  }

  /** Cuts what is still open and frees everything. A second call does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    closing = true;
    lameDuck.countDown();
    if (takeOver != null) {
      takeOver.close();
    }
    if (handOver != null) {
      handOver.close();
    }
    credentials.stopIssuance();
    rotations.close();
    credentials.stop();
    int cut = 0;
    for (Listener socket : sockets.allButAdmin()) {
      cut += socket.cut();
    }
    sockets.cutAdmin();
    if (control != null) {
      control.close();
    }
    if (reloads != null) {
      reloads.closeClients();
    }
    Future<?> namesClosed = resources.names().close();
    Future<?> adminClosed = adminTransport.close();
    if (!resources.transport().close().awaitUninterruptibly(15, TimeUnit.SECONDS)
        || !adminClosed.awaitUninterruptibly(15, TimeUnit.SECONDS)
        || !namesClosed.awaitUninterruptibly(15, TimeUnit.SECONDS)) {
      LOG.warn("event loops did not end within 15 s");
    }
    if (reloads != null) {
      reloads.close();
    }
    credentials.close();
    audit.close();
    audit.record(new AuditEvent.Stopped(cut));
  }
}
