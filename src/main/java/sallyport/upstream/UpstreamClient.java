package sallyport.upstream;

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
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.backend.Backend;
import sallyport.backend.Endpoint;
import sallyport.config.BackendConfig.Protocol;
import sallyport.config.BackendConfig.ProxyProtocol;
import sallyport.config.PoolConfig;
import sallyport.http.Failure;
import sallyport.logging.AuditEvent;
import sallyport.logging.AuditLog;
import sallyport.metrics.GatewayMetrics;
import sallyport.metrics.UpstreamMetrics;
import sallyport.tls.UpstreamTls;
import sallyport.transport.OffLoopResolver;
import sallyport.transport.Transport;

/** The connections to all endpoints of one backend, from every event loop. */
public final class UpstreamClient {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamClient.class);

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

  private final Backend backend;
  private final UpstreamTls tls;
  private final AuditLog audit;
  private final MutualTlsWatch mutualTls;
  private final Bootstrap bootstrap;

  /** Connections that are being opened: no pool and no exchange may know of them. */
  private final ChannelGroup pending = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  private final Map<EventLoop, Map<Endpoint, ConnectionPool>> pools = new HashMap<>();
  private final Map<Endpoint, UpstreamMetrics> metrics = new HashMap<>();

  /** Opens nothing yet. */
  public UpstreamClient(
      Backend backend,
      UpstreamTls tls,
      Transport transport,
      GatewayMetrics gatewayMetrics,
      AuditLog audit) {
    this(backend, tls, transport.loops(), transport.socketChannels(), gatewayMetrics, audit);
  }

  /**
   * @param loops those that exchanges will come from
   */
  UpstreamClient(
      Backend backend,
      UpstreamTls tls,
      Iterable<? extends EventExecutor> loops,
      ChannelFactory<? extends Channel> sockets,
      GatewayMetrics gatewayMetrics,
      AuditLog audit) {
    this.backend = backend;
    this.tls = tls;
    this.audit = audit;
    this.mutualTls = new MutualTlsWatch(backend.config(), audit);
    this.bootstrap =
        new Bootstrap()
            .channelFactory(sockets)
            .resolver(new OffLoopResolver())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
    for (Endpoint endpoint : backend.endpoints()) {
      metrics.put(endpoint, gatewayMetrics.upstream(backend.config().name(), endpoint.name()));
    }
    PoolConfig config = backend.config().pool();
    for (EventExecutor executor : loops) {
      EventLoop loop = (EventLoop) executor;
      Map<Endpoint, ConnectionPool> ofLoop = new HashMap<>();
      metrics.forEach(
          (endpoint, meters) ->
              ofLoop.put(
                  endpoint,
                  new ConnectionPool(
                      loop, config.maxIdlePerLoop(), protocol() == Protocol.HTTP2, meters)));
      pools.put(loop, Map.copyOf(ofLoop));
    }
  }

  /** Chooses among the endpoints that this client reaches. */
  public Backend backend() {
    return backend;
  }

  /** The meters of an endpoint of this backend. */
  public UpstreamMetrics metrics(Endpoint endpoint) {
    return Objects.requireNonNull(metrics.get(endpoint));
  }

  /** An idle connection, ready to {@link UpstreamConnection#begin}; null when there is none. */
  public @Nullable UpstreamConnection poll(EventLoop loop, Endpoint endpoint) {
    UpstreamConnection connection = pool(loop, endpoint).poll();
    if (connection != null) {
      metrics(endpoint).reused();
    }
    return connection;
  }

  /**
   * Gets a connection that is not an idle one: a stream of one that is shared, or a new one. The
   * listener may be called before this returns.
   *
   * @return null when the endpoint has all the connections it may have
   */
  public @Nullable PendingConnect connect(
      EventLoop loop, Endpoint endpoint, ConnectListener listener, Wanted wanted) {
    boolean http1 =
        switch (protocol()) {
          case HTTP1 -> true;
          case HTTP2 -> false;
          case AUTO -> wanted.webSocket() || !shares();
        };
    ConnectionPool pool = pool(loop, endpoint);
    PendingConnect pending = new PendingConnect(this, endpoint, pool, listener, wanted, http1);
    if (http1) {
      return dial(loop, pending) ? pending : null;
    }
    Http2Session session = pool.session();
    if (session != null) {
      metrics(endpoint).reused();
      open(session, pending);
      return pending;
    }
    return pool.follow(pending) || dial(loop, pending) ? pending : null;
  }

  /** Opens a stream, where the session can carry what is wanted. */
  void open(Http2Session session, PendingConnect pending) {
    if (pending.wanted().webSocket() && !session.takesWebSockets()) {
      pending.failed(Failure.Upstream.PROTOCOL_MISMATCH);
    } else {
      session.open(pending);
    }
  }

  /**
   * A follower's turn: on the session that it waited for, or on another; where those are full, on
   * the next that is being opened.
   */
  void connect(EventLoop loop, PendingConnect pending) {
    ConnectionPool pool = pool(loop, pending.endpoint());
    Http2Session session = pool.session();
    if (session != null) {
      open(session, pending);
    } else if (!pool.follow(pending)) {
      dialAgain(loop, pending);
    }
  }

  /** A follower's turn, when it needs a connection of its own. */
  void dialAgain(EventLoop loop, PendingConnect pending) {
    if (!pending.isCancelled() && !dial(loop, pending)) {
      pending.failed(Failure.Upstream.CONNECTION_LIMIT);
    }
  }

  private boolean dial(EventLoop loop, PendingConnect pending) {
    Endpoint endpoint = pending.endpoint();
    UpstreamMetrics meters = metrics(endpoint);
    if (!endpoint.tryOpenConnection(backend.config().pool().maxConnections())) {
      meters.failed(Failure.Upstream.CONNECTION_LIMIT.flag());
      return false;
    }
    meters.connectionOpened();
    SslHandler ssl =
        tls.newHandler(ByteBufAllocator.DEFAULT, endpoint.host(), endpoint.port(), pending.http1());
    ChannelFuture connecting =
        bootstrap
            .clone(loop)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.toIntExact(backend.config().connectTimeout().toMillis()))
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    ProxyHeader.addTo(
                        channel.pipeline(), backend.config().proxyProtocol(), pending.wanted());
                    channel.pipeline().addLast("ssl", ssl);
                    channel.pipeline().addLast(HANDSHAKE, new HandshakeErrors());
                  }
                })
            .connect(address(endpoint));
    connecting
        .channel()
        .closeFuture()
        .addListener(
            closed -> {
              endpoint.connectionClosed();
              meters.connectionClosed();
            });
    pending.start(connecting, ssl);
    return true;
  }

  /** A literal address is taken as it is; only a name goes to the resolver. */
  private static InetSocketAddress address(Endpoint endpoint) {
    String host = endpoint.host();
    return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)
        ? new InetSocketAddress(InetAddress.ofLiteral(host), endpoint.port())
        : InetSocketAddress.createUnresolved(host, endpoint.port());
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
    pending.close();
  }

  /**
   * An exchange failed on a connection that stood: counts it, and audits it where one side did not
   * accept the other.
   */
  public void exchangeFailed(Endpoint endpoint, Failure.Upstream failure) {
    metrics(endpoint).failed(failure.flag());
    if (IDENTITY_FAILURES.contains(failure)) {
      audit(endpoint, failure, "the backend ended the connection after the handshake");
    }
  }

  /**
   * Takes down a finished handshake.
   *
   * @return false when the endpoint did not ask for the gateway's certificate, and must
   */
  boolean mayUse(Endpoint endpoint, SslHandler ssl) {
    boolean resumed = UpstreamTls.resumed(ssl);
    boolean sent = tls.certificateSent(ssl, resumed);
    if (sent && !resumed) {
      tls.accountForSignature();
    }
    metrics(endpoint).handshake(ssl.engine().getSession().getProtocol(), resumed, sent);
    boolean used = mutualTls.saw(endpoint, sent);
    if (!used) {
      // Resumed later, it would be refused although the endpoint may ask by then.
      tls.forget(ssl);
    }
    return used;
  }

  void connectFailed(Endpoint endpoint, Failure.Upstream failure, @Nullable Throwable cause) {
    metrics(endpoint).failed(failure.flag());
    boolean identity = IDENTITY_FAILURES.contains(failure);
    String detail = "";
    if (cause != null) {
      detail = identity ? tls.describe(cause) : String.valueOf(cause.getMessage());
      if (identity) {
        audit(endpoint, failure, detail);
      }
    }
    LOG.warn(
        "backend {}: cannot use endpoint {}: {}: {}",
        backend.config().name(),
        endpoint.name(),
        failure.flag(),
        detail);
  }

  void audit(Endpoint endpoint, Failure.Upstream failure, String detail) {
    audit.record(
        new AuditEvent.BackendRefused(
            backend.config().name(), endpoint.name(), failure.flag(), detail));
  }

  void opening(Channel channel) {
    pending.add(channel);
  }

  void opened(Channel channel) {
    pending.remove(channel);
    channel.pipeline().remove(HANDSHAKE);
  }

  Protocol protocol() {
    return backend.config().protocol();
  }

  /** Whether one client's connection may serve another; not when it says for whom it is. */
  boolean shares() {
    return backend.config().proxyProtocol() == ProxyProtocol.OFF;
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

  /** The handshake's future tells what went wrong; its exception has no more to say. */
  private static final class HandshakeErrors extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
