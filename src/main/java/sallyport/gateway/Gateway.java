package sallyport.gateway;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.admin.AdminPipeline;
import sallyport.admin.Readiness;
import sallyport.admin.Reload;
import sallyport.admin.StatusPage;
import sallyport.config.ConfigSource;
import sallyport.config.GatewayConfig;
import sallyport.config.UnwritableLog;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.KeysConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.credentials.acme.Acme;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.credentials.revocation.ocsp.Staples;
import sallyport.credentials.sources.Sources;
import sallyport.logging.LogStatus;
import sallyport.logging.Logs;
import sallyport.net.ConnectionEvent;
import sallyport.net.admission.Admission;
import sallyport.net.admission.BufferMemory;
import sallyport.net.listener.Listener;
import sallyport.net.listener.ListenerGeneration;
import sallyport.net.transport.Transport;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.BoundedAuditLog;
import sallyport.observe.metrics.DownstreamMetrics;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.LogMetrics;
import sallyport.tls.challenge.Challenges;
import sallyport.tls.server.ServerTls;

/** A running gateway. */
public final class Gateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

  static final String ADMIN = "admin";

  private static final int ADMIN_CONNECTIONS = 100;

  private final GatewayMetrics metrics = new GatewayMetrics();
  private final Readiness readiness = new Readiness();
  private final Transport adminTransport;
  private final BoundedAuditLog audit;
  private final KeyOpener keys;
  private final Ocsp ocsp;
  private final Staples staples;
  private final Rotations rotations;
  private final Acme acme;
  private final Services shared;
  private final Sockets sockets;
  private volatile @Nullable ReloadCoordinator sites;
  private final CountDownLatch closing = new CountDownLatch(1);
  private boolean closed;

  private Gateway(GatewayConfig config, Clock clock) {
    Transport transport = Transport.create(config.runtime());
    this.adminTransport = transport.apart("sallyport-admin");
    this.audit = new BoundedAuditLog(config.auditLog().linesPerSecond(), adminTransport.loops());
    this.keys = new KeyOpener(config.keys(), audit, clock);
    this.ocsp = new Ocsp(clock);
    this.staples = new Staples(ocsp, metrics, audit, clock);
    this.rotations =
        new Rotations(
            clock,
            audit,
            metrics,
            new ExpiryWatch(config.keys().expiryWarnings(), clock, audit, metrics));
    Challenges challenges = new Challenges();
    this.acme =
        new Acme(
            config.issued(),
            new AcmeListeners(challenges, rotations),
            this::keysInUse,
            metrics,
            audit,
            clock);
    BufferMemory memory = new BufferMemory(config.runtime().maxBufferMemory());
    this.shared =
        new Services(
            metrics,
            audit,
            Logs.status(),
            clock,
            transport,
            memory,
            ocsp,
            staples,
            challenges,
            acme::answer);
    this.sockets = new Sockets(transport, adminTransport);
    shared.logs().forEach((log, status) -> metrics.log(log.tag(), meters(status)));
    metrics.transport(transport.name());
    for (Sources.Kind kind : Sources.Kind.values()) {
      metrics.sourceTimeouts(kind.label(), () -> keys.sources().timeouts(kind));
    }
    keys.onToken(
        token -> metrics.tokenUp(token, () -> usesToken(token), () -> keys.isTokenUp(token)));
    metrics.sourcesHanging(keys.sources()::hanging);
    metrics.buffers(memory::used, memory.limit());
  }

  private static LogMetrics meters(LogStatus status) {
    return new LogMetrics(
        status::lost, status::waiting, status.capacity(), () -> !status.isUnwritable());
  }

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
   * The same by another clock: what is valid, and which ticket keys there are, it says.
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
    return start(Configurations.read(source), source, Clock.systemUTC());
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
    gateway.readiness.ready(gateway::awaited, gateway::unwritable);
    gateway.acme.start();
    gateway.audit.record(new AuditEvent.Started(version(), config.source(), config.sha256()));
    return gateway;
  }

  private void serve(GatewayConfig config, ConfigSource source)
      throws InvalidConfiguration, IOException {
    DownstreamMetrics meters = metrics.downstream(ADMIN);
    ListenerGeneration admin =
        new ListenerGeneration(
            Admission.upTo(ADMIN_CONNECTIONS, ADMIN, meters, audit),
            new AdminPipeline(
                this::adminHosts, metrics, readiness, this::status, this::reloadForAdmin),
            meters);
    List<String> problems = new ArrayList<>(Logs.problems());
    keys.use()
        .call(
            () -> {
              acme.prepare(problems);
              return problems;
            });
    sites =
        ReloadCoordinator.start(config, source, shared, keys, sockets, rotations, admin, problems);
    String few = OpenFiles.warning(config, OpenFiles.limit());
    if (few != null) {
      LOG.warn("{}", few);
    }
  }

  private List<ServerTls> servers() {
    ReloadCoordinator running = sites;
    return running == null ? List.of() : running.site().servers();
  }

  private KeyOpener keysInUse() {
    ReloadCoordinator running = sites;
    return running == null ? keys : running.site().keys();
  }

  private ReloadCoordinator sites() {
    return Objects.requireNonNull(sites);
  }

  // ---- while it runs

  /** The bound address of each listener, and of {@code admin}, in the order of the file. */
  public Map<String, InetSocketAddress> addresses() {
    return sockets.addresses();
  }

  /**
   * The bound address of a listener, or of {@code admin}.
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
    return sites().reload(trigger, allowWeaken).good();
  }

  private Reload.Result reloadForAdmin(@Nullable String allowWeaken) {
    return sites().reload("admin", allowWeaken);
  }

  private Set<String> adminHosts() {
    return sites().site().config().admin().hosts();
  }

  private StatusPage status() {
    return StatusReport.of(
        sites().site(),
        version(),
        shared.transport().name(),
        sockets.addresses(),
        rotations.held());
  }

  /** What has yet to be issued, and what is away. */
  private Readiness.Awaited awaited() {
    Set<String> names = new TreeSet<>();
    boolean serving = true;
    for (ServerTls tls : servers()) {
      names.addAll(tls.awaited());
      serving &= tls.hasCertificate();
    }
    ReloadCoordinator running = sites;
    if (running == null) {
      return Readiness.Awaited.NOTHING;
    }
    GatewayConfig config = running.site().config();
    return new Readiness.Awaited(
        names,
        serving,
        keys.tokensAway(config.certificates()),
        config.keys().tokenAway() == KeysConfig.TokenAway.CONTINUE,
        endedLists(running.site()),
        config.keys().crlEnded() == KeysConfig.CrlEnded.CONTINUE);
  }

  /** The revocation lists that have ended, of listeners and backends that refuse without them. */
  private Set<String> endedLists(GatewayRuntime site) {
    Instant now = shared.clock().instant();
    Set<String> lists = new TreeSet<>();
    for (ServerTls tls : site.servers()) {
      if (tls.refusesWithoutLists()) {
        tls.endedLists(now).forEach(list -> lists.add(tls.description() + ": " + list));
      }
    }
    for (Upstream upstream : site.upstreams().values()) {
      if (upstream.tls().refusesWithoutLists()) {
        upstream
            .tls()
            .endedLists(now)
            .forEach(list -> lists.add(upstream.tls().description() + ": " + list));
      }
    }
    return lists;
  }

  private boolean usesToken(String label) {
    ReloadCoordinator running = sites;
    return running == null
        || running.site().config().certificates().stream()
            .anyMatch(
                each ->
                    each instanceof CertificateConfig.Pkcs11 kept && kept.token().equals(label));
  }

  /** The logs that cannot be written now. */
  private Readiness.Unwritable unwritable() {
    GatewayConfig config = sites().site().config();
    List<String> lines = new ArrayList<>();
    boolean ready = true;
    for (LogStatus log : shared.logs().values()) {
      if (log.isUnwritable()) {
        lines.add("%s, %d lines lost so far".formatted(log.log().tag(), log.lost()));
        ready &=
            switch (log.log()) {
              case ACCESS -> config.accessLog().unwritable() == UnwritableLog.CONTINUE;
              case AUDIT -> config.auditLog().unwritable() == UnwritableLog.CONTINUE;
              case SYSTEM -> true;
            };
      }
    }
    return new Readiness.Unwritable(lines, ready);
  }

  private static String version() {
    return Objects.requireNonNullElse(
        Gateway.class.getPackage().getImplementationVersion(), "development");
  }

  /** The event loops: tests wait for their turns. */
  EventLoopGroup loops() {
    return shared.transport().loops();
  }

  /** The site in use: tests look at what it holds. */
  GatewayRuntime site() {
    return sites().site();
  }

  // ---- stop

  /**
   * The same by the {@code lame-duck} and {@code drain-timeout} of the configuration in use.
   *
   * @return whether all connections ended in time; the others are still open
   */
  public boolean drain() {
    GatewayConfig config = sites().site().config();
    return drain(config.lameDuck(), config.drainTimeout());
  }

  /** The same without a lame duck: sockets close at once. */
  public boolean drain(Duration timeout) {
    return drain(Duration.ZERO, timeout);
  }

  /**
   * Says that the gateway is not ready, and serves on as a lame duck until load balancers have
   * noticed. Then accepts no more, takes the requests that are on their way, lets exchanges in
   * flight end, and says so to clients (Connection: close, GOAWAY). The admin listener goes on.
   *
   * @param lameDuck how long connections are still accepted; {@link #close} ends it
   * @param timeout how long exchanges in flight may take from then on
   * @return whether all connections ended in time; the others are still open
   */
  public boolean drain(Duration lameDuck, Duration timeout) {
    readiness.draining();
    audit.record(new AuditEvent.Stopping(lameDuck.toMillis(), timeout.toMillis()));
    sites().stop();
    if (isClosedWithin(lameDuck)) {
      return false;
    }
    Collection<Listener> listening = sockets.allBut(ADMIN);
    listening.forEach(socket -> socket.retire().awaitUninterruptibly());
    awaitAll(listening.stream().map(Listener::left).toList(), ConnectionEvent.LAST_REQUESTS_NANOS);
    List<? extends Future<?>> ends = listening.stream().map(Listener::drain).toList();
    LOG.info("draining for {} at most: every connection has been told", timeout);
    return awaitAll(ends, timeout.toNanos());
  }

  private boolean isClosedWithin(Duration lameDuck) {
    try {
      return closing.await(lameDuck.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
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
    closing.countDown();
    acme.close();
    rotations.close();
    staples.close();
    ocsp.close();
    keys.close();
    int cut = 0;
    for (Listener socket : sockets.allBut(ADMIN)) {
      cut += socket.cut();
    }
    sockets.cut(ADMIN);
    if (sites != null) {
      sites.closeClients();
    }
    Future<?> adminClosed = adminTransport.close();
    if (!shared.transport().close().awaitUninterruptibly(15, TimeUnit.SECONDS)
        || !adminClosed.awaitUninterruptibly(15, TimeUnit.SECONDS)) {
      LOG.warn("event loops did not end within 15 s");
    }
    if (sites != null) {
      sites.close();
    }
    shared.tlsChallenges().close();
    metrics.close();
    audit.close();
    audit.record(new AuditEvent.Stopped(cut));
  }
}
