package sallyport.connect;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.config.backend.BackendConfig.Protocol;
import sallyport.config.backend.BackendConfig.ProxyProtocol;
import sallyport.config.backend.Leniency;
import sallyport.config.backend.PoolConfig;
import sallyport.config.http.PingsConfig;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
import sallyport.logging.LogRateLimit;
import sallyport.net.Failure;
import sallyport.net.transport.OffLoopResolver;
import sallyport.net.transport.Transport;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.UpstreamMetrics;
import sallyport.tls.upstream.UpstreamTls;
import sallyport.values.DurationText;

/** The connections to all endpoints of one backend, from every event loop. */
public final class UpstreamClient implements ClientTransport {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamClient.class);

  /** The number of kept limits from which on all are forgotten: names get new addresses. */
  private static final int MAX_WARNINGS = 1000;

  /** One side did not prove itself to the other: an auditor wants to see these. */
  private static final Set<Failure.Upstream> IDENTITY_FAILURES =
      EnumSet.of(
          Failure.Upstream.TLS_UNTRUSTED,
          Failure.Upstream.TLS_NAME_MISMATCH,
          Failure.Upstream.TLS_PIN_MISMATCH,
          Failure.Upstream.TLS_EXPIRED,
          Failure.Upstream.TLS_WEAK_KEY,
          Failure.Upstream.TLS_REVOKED,
          Failure.Upstream.TLS_REVOCATION_UNKNOWN,
          Failure.Upstream.TLS_POLICY,
          Failure.Upstream.TLS_IDENTITY_REFUSED,
          Failure.Upstream.TLS_CERTIFICATE_NOT_ASKED,
          Failure.Upstream.TLS_HANDSHAKE);

  private static final String HANDSHAKE = "handshake";

  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private final Cluster backend;
  private final UpstreamTls tls;
  private final AuditLog audit;
  private final BooleanSupplier memoryIsShort;
  private final MutualTlsWatch mutualTls;
  private final Bootstrap bootstrap;

  /** Connections that are being opened: no pool and no exchange may know of them. */
  private final ChannelGroup opening =
      new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, /* stayClosed= */ true);

  private final Map<EventLoop, Map<Endpoint, ConnectionPool>> pools = new HashMap<>();
  private final Map<Endpoint, UpstreamMetrics> metrics = new HashMap<>();

  /** The endpoint with the address, as the line names it, and what was wrong with it. */
  private record Trouble(String where, Failure failure) {}

  /** A backend that is down under load is not to be a line for each request. */
  private final Map<Trouble, LogRateLimit> warnings = new ConcurrentHashMap<>();

  /**
   * Opens nothing yet.
   *
   * @param memoryIsShort whether buffers hold as much as they may
   */
  public UpstreamClient(
      Cluster backend,
      UpstreamTls tls,
      Transport transport,
      GatewayMetrics gatewayMetrics,
      BooleanSupplier memoryIsShort,
      AuditLog audit) {
    this(
        backend,
        tls,
        transport.loops(),
        transport.socketChannels(),
        gatewayMetrics,
        memoryIsShort,
        audit);
    transport.limitSilence(bootstrap::option);
  }

  /**
   * @param loops those that exchanges will come from
   */
  UpstreamClient(
      Cluster backend,
      UpstreamTls tls,
      Iterable<? extends EventExecutor> loops,
      ChannelFactory<? extends Channel> sockets,
      GatewayMetrics gatewayMetrics,
      BooleanSupplier memoryIsShort,
      AuditLog audit) {
    this.backend = backend;
    this.tls = tls;
    this.audit = audit;
    this.memoryIsShort = memoryIsShort;
    this.mutualTls = new MutualTlsWatch(backend.config(), audit);
    this.bootstrap =
        new Bootstrap()
            .channelFactory(sockets)
            // Names are resolved before, to all of their addresses.
            .disableResolver()
            .handler(new Unsecured())
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.toIntExact(backend.config().connectTimeout().toMillis()))
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
    for (Endpoint endpoint : backend.endpoints()) {
      metrics.put(endpoint, gatewayMetrics.upstream(backend.config().name(), endpoint.name()));
    }
    PoolConfig config = backend.config().pool();
    int count = Math.toIntExact(StreamSupport.stream(loops.spliterator(), false).count());
    int share = Math.max(1, config.maxConnections() / count);
    for (EventExecutor executor : loops) {
      EventLoop loop = (EventLoop) executor;
      Map<Endpoint, ConnectionPool> ofLoop = new HashMap<>();
      metrics.forEach(
          (endpoint, meters) ->
              ofLoop.put(
                  endpoint,
                  new ConnectionPool(
                      loop,
                      endpoint,
                      share,
                      config.maxIdlePerLoop(),
                      protocol() == Protocol.HTTP2,
                      meters,
                      this::open,
                      asking -> reclaim(endpoint, asking))));
      pools.put(loop, Map.copyOf(ofLoop));
    }
  }

  @Override
  public Cluster cluster() {
    return backend;
  }

  @Override
  public UpstreamMetrics metrics(Endpoint endpoint) {
    return Objects.requireNonNull(metrics.get(endpoint));
  }

  @Override
  public @Nullable ClientStream poll(EventLoop loop, Endpoint endpoint) {
    Http1Connection connection = pool(loop, endpoint).poll();
    if (connection != null) {
      metrics(endpoint).reused();
    }
    return connection;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Where the endpoint has all the connections it may have, idle ones of other event loops are
   * closed, and the exchange waits for a place, no longer than {@code connect-timeout}.
   */
  @Override
  public ConnectionAttempt connect(
      EventLoop loop,
      Endpoint endpoint,
      ConnectListener listener,
      ConnectionNeeds wanted,
      boolean patient) {
    boolean http1 =
        switch (protocol()) {
          case HTTP1 -> true;
          case HTTP2 -> false;
          case AUTO -> wanted.webSocket() || wanted.pinned() || !shares();
        };
    ConnectionAttempt pending =
        new ConnectionAttempt(
            this, endpoint, pool(loop, endpoint), listener, wanted, http1, patient);
    connectAgain(pending);
    return pending;
  }

  /** On a session that is open, or on one that is being opened, or on a connection of its own. */
  void connectAgain(ConnectionAttempt pending) {
    ConnectionPool pool = pending.pool();
    if (pending.http1()) {
      dial(pending);
      return;
    }
    Http2Session session = pool.session();
    if (session != null) {
      metrics(pending.endpoint()).reused();
      session.open(pending);
    } else if (pool.follow(pending)) {
      pending.awaits();
    } else {
      dial(pending);
    }
  }

  /** A follower's turn, when it needs a connection of its own. */
  void dialAgain(ConnectionAttempt pending) {
    if (!pending.isCancelled()) {
      dial(pending);
    }
  }

  private void dial(ConnectionAttempt pending) {
    if (pending.endpoint().tryOpenConnection()) {
      open(pending);
    } else if (pending.isPatient()) {
      pending.awaits();
      pending.pool().places().add(pending);
    } else {
      noPlace(pending);
    }
  }

  /** The endpoint has all the connections it may have. */
  void noPlace(ConnectionAttempt pending) {
    metrics(pending.endpoint()).failed(Failure.Upstream.CONNECTION_LIMIT.flag());
    pending.failed(Failure.Upstream.CONNECTION_LIMIT);
  }

  /** Opens a connection whose place has been taken. */
  private void open(ConnectionAttempt pending) {
    metrics(pending.endpoint()).connectionOpened();
    pending.pool().placeTaken();
    pending.start();
  }

  /**
   * Asks for the place of one idle connection: this event loop first, then one of the others after
   * the other, until one has closed one.
   */
  private void reclaim(Endpoint endpoint, ConnectionPool asking) {
    if (!asking.giveUpIdle()) {
      askNext(
          pools.values().stream()
              .map(ofLoop -> Objects.requireNonNull(ofLoop.get(endpoint)))
              .filter(pool -> !pool.equals(asking))
              .iterator());
    }
  }

  private static void askNext(Iterator<ConnectionPool> pools) {
    if (pools.hasNext()) {
      ConnectionPool pool = pools.next();
      pool.loop()
          .execute(
              () -> {
                if (!pool.giveUpIdle()) {
                  askNext(pools);
                }
              });
    }
  }

  /** A literal address is taken as it is; a name stands for all that it resolves to. */
  Future<List<InetSocketAddress>> addresses(EventLoop loop, Endpoint endpoint) {
    String host = endpoint.host();
    return isLiteral(host)
        ? loop.newSucceededFuture(
            List.of(new InetSocketAddress(InetAddress.ofLiteral(host), endpoint.port())))
        : OffLoopResolver.resolve(host, endpoint.port(), loop);
  }

  private static boolean isLiteral(String host) {
    return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
  }

  /** Connects, and sends nothing yet. */
  ChannelFuture dial(EventLoop loop, InetSocketAddress address) {
    ChannelFuture connecting = bootstrap.clone(loop).connect(address);
    opening.add(connecting.channel());
    return connecting;
  }

  /**
   * Begins TLS on a connection that stands.
   *
   * @return null once there is no TLS to this backend any more
   */
  @Nullable SslHandler secure(Channel channel, ConnectionAttempt pending) {
    // Known from now on, also when the socket is closed.
    channel.remoteAddress();
    ProxyHeader.send(channel, backend.config().proxyProtocol(), pending.wanted());
    Endpoint endpoint = pending.endpoint();
    SslHandler ssl =
        tls.newHandler(ByteBufAllocator.DEFAULT, endpoint.host(), endpoint.port(), pending.http1());
    if (ssl != null) {
      channel.pipeline().addLast("ssl", ssl);
      channel.pipeline().addLast(HANDSHAKE, new HandshakeErrors());
    }
    return ssl;
  }

  /** Another identity or trust is in use: what was opened with the old one ends when it can. */
  public void renew() {
    pools.forEach(
        (loop, ofLoop) -> loop.execute(() -> ofLoop.values().forEach(ConnectionPool::renew)));
  }

  /** Closes what is idle or not yet open, and later every connection when its exchange is over. */
  public void close() {
    pools.forEach(
        (loop, ofLoop) -> loop.execute(() -> ofLoop.values().forEach(ConnectionPool::close)));
    opening.close();
  }

  @Override
  public void exchangeFailed(
      Endpoint endpoint, Failure.Upstream failure, Failure.@Nullable Response fault) {
    metrics(endpoint).failed(failure.flag());
    if (fault != null) {
      badResponse(endpoint, fault);
    }
    if (IDENTITY_FAILURES.contains(failure)) {
      String detail = "the backend ended the connection after the handshake";
      audit(endpoint, failure, detail);
      warn(
          endpoint.name(),
          failure,
          detail + "; does it trust who issued the gateway's certificate?");
    }
  }

  private void badResponse(Endpoint endpoint, Failure.Response fault) {
    metrics(endpoint).badResponse(fault.flag());
    audit.record(
        new AuditEvent.ResponseRefused(backend.config().name(), endpoint.name(), fault.flag()));
    limit(endpoint.name(), fault)
        .write(
            leftOut ->
                LOG.warn(
                    "backend {}: endpoint {}: refused a response: {}{}",
                    backend.config().name(),
                    endpoint.name(),
                    fault.flag(),
                    LogRateLimit.suffix(leftOut)));
  }

  /**
   * Takes down a finished handshake.
   *
   * @return false when the endpoint did not ask for the gateway's certificate, and must
   */
  boolean mayUse(Endpoint endpoint, @Nullable InetSocketAddress address, SslHandler ssl) {
    boolean resumed = UpstreamTls.resumed(ssl);
    boolean sent = tls.certificateSent(ssl, resumed);
    if (sent && !resumed) {
      tls.accountForSignature();
    }
    metrics(endpoint).handshake(ssl.engine().getSession().getProtocol(), resumed, sent);
    boolean used = mutualTls.saw(at(endpoint, address), sent);
    if (!used) {
      // Resumed later, it would be refused although the endpoint may ask by then.
      tls.forget(ssl);
    }
    return used;
  }

  /**
   * A connection could not be opened.
   *
   * @param address the one that failed; null where the name has none
   */
  void connectFailed(
      Endpoint endpoint,
      @Nullable InetSocketAddress address,
      Failure.Upstream failure,
      @Nullable Throwable cause) {
    metrics(endpoint).failed(failure.flag());
    boolean identity = IDENTITY_FAILURES.contains(failure);
    String detail = cause == null ? words(failure) : tls.describe(cause);
    if (cause != null && identity) {
      audit(endpoint, failure, detail);
    }
    warn(at(endpoint, address), failure, detail);
  }

  /** What there is to say of a failure that no exception tells of. */
  private String words(Failure.Upstream failure) {
    return switch (failure) {
      case CONNECT_TIMEOUT ->
          "no connection within connect-timeout, "
              + DurationText.of(backend.config().connectTimeout(), DurationText.Unit.values());
      case TLS_CERTIFICATE_NOT_ASKED ->
          "it does not ask for the gateway's certificate; see tls.when-not-asked";
      case TLS_POLICY -> "what was negotiated is not in the policy";
      case TLS_EXPIRED -> "its certificate has expired since the session began";
      case TLS_HANDSHAKE -> "it closed the connection";
      case PROTOCOL_MISMATCH -> "it speaks another protocol than the configured one";
      default -> "no reason is known";
    };
  }

  private void warn(String where, Failure.Upstream failure, String detail) {
    limit(where, failure)
        .write(
            leftOut ->
                LOG.warn(
                    "backend {}: cannot use endpoint {}: {}: {}{}",
                    backend.config().name(),
                    where,
                    failure.flag(),
                    detail,
                    LogRateLimit.suffix(leftOut)));
  }

  private LogRateLimit limit(String where, Failure failure) {
    if (warnings.size() >= MAX_WARNINGS) {
      warnings.clear();
    }
    return warnings.computeIfAbsent(new Trouble(where, failure), trouble -> new LogRateLimit());
  }

  /** Of an endpoint with a name, the address too: it may have several. */
  private static String at(Endpoint endpoint, @Nullable InetSocketAddress address) {
    return address == null || isLiteral(endpoint.host())
        ? endpoint.name()
        : endpoint.name() + " at " + NetUtil.toAddressString(address.getAddress());
  }

  void audit(Endpoint endpoint, Failure.Upstream failure, String detail) {
    audit.record(
        new AuditEvent.BackendRefused(
            backend.config().name(), endpoint.name(), failure.flag(), detail));
  }

  /** The connection stands, and holds its place until it is closed. */
  void opened(Channel channel, ConnectionAttempt pending) {
    opening.remove(channel);
    channel.pipeline().remove(HANDSHAKE);
    channel.closeFuture().addListener(closed -> closed(pending.pool(), pending.endpoint()));
  }

  /** A connection was closed, or could not be opened: its place is free. */
  void closed(ConnectionPool pool, Endpoint endpoint) {
    pool.placeGivenBack();
    metrics(endpoint).connectionClosed();
    endpoint.connectionClosed();
  }

  Protocol protocol() {
    return backend.config().protocol();
  }

  @Override
  public boolean canPin() {
    return protocol() != Protocol.HTTP2;
  }

  @Override
  public boolean pinsAlways() {
    return !backend.config().pool().share();
  }

  /** Whether one client's connection may serve another; not when it says for whom it is. */
  boolean shares() {
    return backend.config().proxyProtocol() == ProxyProtocol.OFF;
  }

  /** The rules that the responses of this backend may break. */
  Set<Leniency> lenient() {
    return backend.config().lenient();
  }

  PingsConfig pings() {
    return backend.config().pings();
  }

  /** What a response may have. */
  int maxFields() {
    return backend.config().maxFields();
  }

  BooleanSupplier memoryIsShort() {
    return memoryIsShort;
  }

  UpstreamTls tls() {
    return tls;
  }

  long connectNanos() {
    return backend.config().connectTimeout().toNanos();
  }

  long idleNanos() {
    return backend.config().pool().idleTimeout().toNanos();
  }

  ConnectionPool pool(EventLoop loop, Endpoint endpoint) {
    Map<Endpoint, ConnectionPool> ofLoop = Objects.requireNonNull(pools.get(loop));
    return Objects.requireNonNull(ofLoop.get(endpoint));
  }

  /** Until {@link #secure}, a connection has no handlers. */
  private static final class Unsecured extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      // None yet.
    }
  }

  /** The handshake's future tells what went wrong; its exception has no more to say. */
  private static final class HandshakeErrors extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
