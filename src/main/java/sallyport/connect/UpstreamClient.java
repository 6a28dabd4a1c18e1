package sallyport.connect;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.cluster.MembershipListener;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.Protocol;
import sallyport.connect.check.HealthChecks;
import sallyport.connect.dial.Connector;
import sallyport.connect.dial.Dialer;
import sallyport.connect.endpoint.Addresses;
import sallyport.connect.endpoint.ConnectionObserver;
import sallyport.connect.endpoint.EndpointObserver;
import sallyport.connect.pool.ConnectionPool;
import sallyport.connect.pool.Http1Connection;
import sallyport.connect.pool.Http2Session;
import sallyport.connect.pool.Waiting;
import sallyport.connect.security.Established;
import sallyport.connect.security.MutualTls;
import sallyport.connect.security.PassThrough;
import sallyport.connect.security.PassThroughStep;
import sallyport.connect.security.PlainLocal;
import sallyport.connect.security.PlainStep;
import sallyport.connect.security.PostgresStep;
import sallyport.connect.security.Security;
import sallyport.connect.security.SecurityStep;
import sallyport.connect.security.TlsStep;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.net.Failure;
import sallyport.net.transport.Transport;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.UpstreamMetrics;

/**
 * Client of one backend: connections from every event loop to all of its endpoints. Methods with an
 * event loop must run on it; all others on any thread.
 */
public final class UpstreamClient implements ClientTransport, StreamTransport, MembershipListener {
  private final Cluster backend;
  private final BooleanSupplier memoryIsShort;
  private final EndpointObserver observer;
  private final Connector connector;
  private final HealthChecks checks;
  private final Map<EventLoop, EndpointPools> pools;

  /** Connections that each event loop may keep while others wait for one. */
  private final int share;

  /**
   * Opens nothing yet.
   *
   * @param resolver of the addresses of endpoints
   * @param memoryIsShort whether buffers hold as much as they may
   */
  public UpstreamClient(
      Cluster backend,
      Security security,
      Addresses.Resolver resolver,
      Transport transport,
      GatewayMetrics gatewayMetrics,
      BooleanSupplier memoryIsShort,
      AuditLog audit) {
    this(
        backend,
        security,
        resolver,
        transport.loops(),
        Dialer.of(transport, backend.config().connectTimeout()),
        gatewayMetrics,
        memoryIsShort,
        audit);
  }

  /**
   * @param loops those that exchanges will come from
   */
  UpstreamClient(
      Cluster backend,
      Security security,
      Addresses.Resolver resolver,
      Iterable<? extends EventExecutor> loops,
      Dialer dialer,
      GatewayMetrics gatewayMetrics,
      BooleanSupplier memoryIsShort,
      AuditLog audit) {
    BackendConfig config = backend.config();
    this.backend = backend;
    this.memoryIsShort = memoryIsShort;
    this.observer = new EndpointObserver(backend, gatewayMetrics, audit);
    this.connector =
        new Connector(
            config, resolver, dialer, step(security, config.protocol(), observer), observer);
    this.checks =
        new HealthChecks(
            backend,
            resolver,
            loops,
            dialer,
            watching -> step(security, config.protocol(), watching),
            observer);
    Map<EventLoop, EndpointPools> ofLoops = new HashMap<>();
    for (EventExecutor executor : loops) {
      EventLoop loop = (EventLoop) executor;
      ofLoops.put(loop, new EndpointPools(loop, this::newPool));
    }
    this.pools = Map.copyOf(ofLoops);
    this.share = Math.max(1, config.pool().maxConnections() / pools.size());
    backend.onMembership(this);
  }

  private ConnectionPool newPool(EventLoop loop, Endpoint endpoint) {
    BackendConfig config = backend.config();
    return new ConnectionPool(
        loop,
        endpoint,
        share,
        config.pool().maxIdlePerLoop(),
        config.protocol() == Protocol.HTTP2,
        metrics(endpoint),
        Waiting::open,
        asking -> reclaim(endpoint, asking));
  }

  @Override
  public void joined(Endpoint endpoint) {
    // Its pools are made when they are needed.
  }

  @Override
  public void left(Endpoint endpoint) {
    pools.values().forEach(ofLoop -> ofLoop.loop().execute(() -> ofLoop.left(endpoint)));
  }

  /** Returns the step that makes connections secure. */
  private static SecurityStep step(
      Security security, Protocol protocol, ConnectionObserver observer) {
    return switch (security) {
      case MutualTls mutual -> {
        TlsStep tls = new TlsStep(mutual.tls(), observer);
        yield protocol == Protocol.POSTGRES ? new PostgresStep(tls, observer) : tls;
      }
      case PlainLocal local -> new PlainStep(local);
      case PassThrough passes -> new PassThroughStep();
    };
  }

  @Override
  public Cluster cluster() {
    return backend;
  }

  /** Returns the health checks, which have not begun. */
  public HealthChecks checks() {
    return checks;
  }

  @Override
  public UpstreamMetrics metrics(Endpoint endpoint) {
    return observer.metrics(endpoint);
  }

  /**
   * Returns whether a connection can be for one client's connection alone, which needs HTTP/1.1.
   */
  @Override
  public boolean canPin() {
    return backend.config().protocol() != Protocol.HTTP2;
  }

  /** Returns whether every client's connection has connections of its own to this backend. */
  @Override
  public boolean pinsAlways() {
    return !backend.config().pool().share();
  }

  long connectNanos() {
    return backend.config().connectTimeout().toNanos();
  }

  @Override
  public @Nullable ClientStream poll(EventLoop loop, Endpoint endpoint) {
    ConnectionPool pool = pools(loop).find(endpoint);
    Http1Connection connection = pool == null ? null : pool.poll();
    if (connection != null) {
      metrics(endpoint).reused();
    }
    return connection;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Where the endpoint has all the connections it may have, idle ones of other event loops are
   * closed, and the exchange waits for a place, no longer than {@code connect-timeout}. It fails at
   * once where as many exchanges of the backend wait as may.
   */
  @Override
  public ConnectionAttempt connect(
      EventLoop loop,
      Endpoint endpoint,
      ConnectListener listener,
      ConnectionNeeds needs,
      boolean patient) {
    BackendConfig config = backend.config();
    boolean http1 =
        switch (config.protocol()) {
          case HTTP1, TCP, POSTGRES -> true;
          case PASS_THROUGH -> throw new IllegalStateException("only TLS of clients goes there");
          case HTTP2 -> false;
          case AUTO -> needs.webSocket() || needs.pinned() || !HttpOpening.shares(config);
        };
    ConnectionAttempt pending =
        new ConnectionAttempt(
            this, endpoint, pool(loop, endpoint), listener, needs, http1, patient);
    connectAgain(pending);
    return pending;
  }

  /**
   * Connects an exchange: by an open session, by one that is being opened, or by a connection of
   * its own.
   */
  void connectAgain(ConnectionAttempt pending) {
    ConnectionPool pool = pending.pool();
    if (pending.http1()) {
      dial(pending);
      return;
    }
    Http2Session session = pool.http2().session();
    if (session != null) {
      metrics(pending.endpoint()).reused();
      session.open(pending);
    } else if (pool.http2().follow(pending)) {
      pending.awaits();
    } else {
      dial(pending);
    }
  }

  /** Opens a connection of its own for an exchange, or waits for a place. */
  void dial(ConnectionAttempt pending) {
    if (pending.endpoint().tryOpenConnection()) {
      pending.open();
    } else if (!pending.isPatient()) {
      noPlace(pending, Failure.Upstream.CONNECTION_LIMIT);
    } else if (pending.pool().awaitPlace(pending)) {
      pending.awaits();
    } else {
      noPlace(pending, Failure.Upstream.WAITING_LIMIT);
    }
  }

  /** Fails an exchange: the endpoint has all the connections it may have. */
  void noPlace(ConnectionAttempt pending, Failure.Upstream failure) {
    observer.noPlace(pending.endpoint(), failure);
    pending.failed(failure);
  }

  /** Opens a connection whose place has been taken. */
  void open(ConnectionAttempt pending) {
    Endpoint endpoint = pending.endpoint();
    ConnectionPool pool = pending.pool();
    metrics(endpoint).connectionOpened();
    pool.placeTaken();
    HttpOpening opening =
        new HttpOpening(
            backend.config(),
            connector,
            memoryIsShort,
            pool,
            pending,
            () -> closed(pool, endpoint));
    connector.connect(pool.loop(), endpoint, pending.needs(), pending.http1(), opening);
  }

  /** Releases the place of a connection that was closed, or could not be opened. */
  private void closed(ConnectionPool pool, Endpoint endpoint) {
    pool.placeGivenBack();
    metrics(endpoint).connectionClosed();
    endpoint.connectionClosed();
    if (endpoint.hasLeft()) {
      pools(pool.loop()).sweep();
      observer.forgetUnconnected(endpoint);
    }
  }

  // ---- streams

  @Override
  public void connectAlone(
      EventLoop loop, Endpoint endpoint, ConnectionNeeds needs, StreamTransport.Listener listener) {
    if (!endpoint.tryOpenConnection()) {
      observer.noPlace(endpoint, Failure.Upstream.CONNECTION_LIMIT);
      listener.onFailed(Failure.Upstream.CONNECTION_LIMIT);
      return;
    }
    metrics(endpoint).connectionOpened();
    connector.connect(
        loop,
        endpoint,
        needs,
        /* http1= */ true,
        new Connector.Listener() {
          @Override
          public void onEstablished(Connector.Opening opening, Established connection) {
            opening.accept(connection);
            connection.channel().closeFuture().addListener(closed -> closedAlone(endpoint));
            listener.onConnected(connection);
          }

          @Override
          public void onFailed(Failure.Upstream failure) {
            closedAlone(endpoint);
            listener.onFailed(failure);
          }
        });
  }

  @Override
  public Failure.Upstream classify(Throwable cause) {
    return connector.classify(cause);
  }

  /** Releases the place of a connection that no pool knows. */
  private void closedAlone(Endpoint endpoint) {
    metrics(endpoint).connectionClosed();
    endpoint.connectionClosed();
    observer.forgetUnconnected(endpoint);
  }

  // ---- places

  /**
   * Asks for the place of one idle connection: this event loop first, then one of the others after
   * the other, until one has closed one.
   */
  private void reclaim(Endpoint endpoint, ConnectionPool asking) {
    if (!asking.giveUpIdle()) {
      askNext(
          endpoint,
          pools.values().stream()
              .filter(ofLoop -> !ofLoop.loop().equals(asking.loop()))
              .iterator());
    }
  }

  private static void askNext(Endpoint endpoint, Iterator<EndpointPools> pools) {
    if (pools.hasNext()) {
      EndpointPools ofLoop = pools.next();
      ofLoop
          .loop()
          .execute(
              () -> {
                ConnectionPool pool = ofLoop.find(endpoint);
                if (pool == null || !pool.giveUpIdle()) {
                  askNext(endpoint, pools);
                }
              });
    }
  }

  /**
   * Counts an exchange that failed on an established connection, and audits it if one side did not
   * accept the other.
   *
   * @param fault the rule that the response broke; null when that is not why
   */
  @Override
  public void exchangeFailed(
      Endpoint endpoint, Failure.Upstream failure, Failure.@Nullable Response fault) {
    observer.exchangeFailed(endpoint, failure, fault);
  }

  /**
   * Retires all connections, because another identity or trust is in use: each closes once it is
   * idle.
   */
  public void renew() {
    pools.forEach((loop, ofLoop) -> loop.execute(ofLoop::renew));
  }

  /** Closes what is idle or not yet open, and later every connection when its exchange is over. */
  public void close() {
    checks.stop();
    pools.forEach((loop, ofLoop) -> loop.execute(ofLoop::close));
    connector.close();
    observer.close();
  }

  ConnectionPool pool(EventLoop loop, Endpoint endpoint) {
    return pools(loop).get(endpoint);
  }

  private EndpointPools pools(EventLoop loop) {
    return Objects.requireNonNull(pools.get(loop));
  }
}
