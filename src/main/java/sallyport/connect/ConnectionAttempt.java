package sallyport.connect;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.config.backend.BackendConfig.Protocol;
import sallyport.config.backend.Leniency;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.RequestEncoder;
import sallyport.http.codec.ResponseDecoder;
import sallyport.net.Failure;
import sallyport.tls.engine.FatalAlertGuard;
import sallyport.tls.engine.ReadGate;

/**
 * An exchange that waits for a connection: a new one, with TCP, then TLS with both sides verified,
 * then the policy, at one address of the endpoint after the other, under one timeout; or a stream
 * of one that is shared. Whoever waits may lose interest; a new connection then goes to the pool.
 */
final class ConnectionAttempt implements PendingStream, AddressRace.Listener {
  private final UpstreamClient client;
  private final Endpoint endpoint;
  private final ConnectionPool pool;
  private final ConnectionNeeds wanted;
  private final boolean http1;

  /** Of the pool when this was begun, and of the identity that the backend gets to see. */
  private int generation;

  /** When the connection was begun. */
  private long startNanos;

  private @Nullable ConnectListener listener;

  /** Whether it waits for a place: until its patience is gone. */
  private boolean patient;

  private @Nullable Future<?> patience;
  private @Nullable Future<?> timer;
  private @Nullable AddressRace race;

  /** The address in use, and the connection to it. */
  private @Nullable InetSocketAddress address;

  private @Nullable Channel current;

  /** What became of the last address. */
  private Failure.Upstream failure = Failure.Upstream.CONNECT_REFUSED;

  /** Whether a connection of its own stands, or will not come about. */
  private boolean over;

  private boolean done;

  /**
   * @param http1 whether only HTTP/1.1 will do
   * @param patient whether it waits where the endpoint has all the connections it may have
   */
  ConnectionAttempt(
      UpstreamClient client,
      Endpoint endpoint,
      ConnectionPool pool,
      ConnectListener listener,
      ConnectionNeeds wanted,
      boolean http1,
      boolean patient) {
    this.client = client;
    this.endpoint = endpoint;
    this.pool = pool;
    this.listener = listener;
    this.wanted = wanted;
    this.http1 = http1;
    this.patient = patient;
  }

  @Override
  public void cancel() {
    listener = null;
  }

  @Override
  public boolean isDone() {
    return done;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  ConnectionPool pool() {
    return pool;
  }

  ConnectionNeeds wanted() {
    return wanted;
  }

  boolean http1() {
    return http1;
  }

  boolean isCancelled() {
    return listener == null;
  }

  /** Hands the connection over, or closes it when nobody waits for it any more. */
  void succeeded(ClientStream connection) {
    ConnectListener waiting = finish();
    if (waiting != null) {
      waiting.onConnected(connection);
    } else {
      connection.release();
    }
  }

  void failed(Failure.Upstream failure) {
    ConnectListener waiting = finish();
    if (waiting != null) {
      waiting.onConnectFailure(failure);
    }
  }

  private @Nullable ConnectListener finish() {
    done = true;
    stopWaiting();
    ConnectListener waiting = listener;
    listener = null;
    return waiting;
  }

  // ---- waiting

  /** Whether it may wait for a place. */
  boolean isPatient() {
    return patient;
  }

  /** It waits, for another's connection or for a place: in all as long as one may take to open. */
  void awaits() {
    if (patience == null) {
      patience =
          pool.loop().schedule(this::onPatienceGone, client.connectNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void onPatienceGone() {
    patient = false;
    if (pool.unfollow(this)) {
      client.dialAgain(this);
    } else if (pool.places().remove(this)) {
      client.noPlace(this);
    }
  }

  private void stopWaiting() {
    if (patience != null) {
      patience.cancel(false);
      patience = null;
    }
  }

  // ---- a new connection

  /** Opens one, whose place at the endpoint has been taken. */
  void start() {
    stopWaiting();
    startNanos = System.nanoTime();
    EventLoop loop = pool.loop();
    generation = pool.generation();
    if (!http1) {
      pool.opening();
    }
    timer = loop.schedule(this::onTimeout, client.connectNanos(), TimeUnit.NANOSECONDS);
    client
        .addresses(loop, endpoint)
        .addListener((Future<List<InetSocketAddress>> resolved) -> onResolved(loop, resolved));
  }

  private void onResolved(EventLoop loop, Future<List<InetSocketAddress>> resolved) {
    if (over) {
      return;
    }
    if (!resolved.isSuccess()) {
      failure = Failure.Upstream.UNRESOLVED;
      client.connectFailed(endpoint, null, failure, resolved.cause());
      end();
      return;
    }
    race =
        new AddressRace(
            loop,
            resolved.getNow(),
            client.connectNanos(),
            address -> client.dial(loop, address),
            this);
    race.next();
  }

  @Override
  public void onConnected(Channel channel, InetSocketAddress connected) {
    address = connected;
    current = channel;
    SslHandler ssl = client.secure(channel, this);
    if (ssl == null) {
      // The backend has been let go since, and all clients that could use it are gone.
      end();
      return;
    }
    ssl.handshakeFuture().addListener(handshake -> onHandshake(channel, ssl, handshake));
  }

  @Override
  public void onRefused(InetSocketAddress refused, Throwable cause) {
    failure = Failure.Upstream.CONNECT_REFUSED;
    client.connectFailed(endpoint, refused, failure, cause);
  }

  @Override
  public void onExhausted() {
    end();
  }

  private void onTimeout() {
    failure = Failure.Upstream.CONNECT_TIMEOUT;
    List<InetSocketAddress> silent = race == null ? List.of() : race.waitingFor();
    if (silent.isEmpty()) {
      client.connectFailed(endpoint, address, failure, null);
    } else {
      silent.forEach(each -> client.connectFailed(endpoint, each, failure, null));
    }
    end();
  }

  private void onHandshake(Channel channel, SslHandler ssl, Future<?> handshake) {
    if (!handshake.isSuccess()) {
      fail(channel, client.tls().classify(handshake.cause()), handshake.cause());
      return;
    }
    String breach = client.tls().violation(ssl);
    if (breach != null) {
      client.audit(endpoint, Failure.Upstream.TLS_POLICY, breach);
      fail(channel, Failure.Upstream.TLS_POLICY, null);
      return;
    }
    if (!client.mayUse(endpoint, address, ssl)) {
      client.audit(
          endpoint,
          Failure.Upstream.TLS_CERTIFICATE_NOT_ASKED,
          "does not ask for the gateway's certificate");
      fail(channel, Failure.Upstream.TLS_CERTIFICATE_NOT_ASKED, null);
      return;
    }
    if (client.tls().hasExpired(ssl)) {
      client.audit(endpoint, Failure.Upstream.TLS_EXPIRED, "expired since the session began");
      fail(channel, Failure.Upstream.TLS_EXPIRED, null);
      return;
    }
    try {
      client.tls().checkResumed(ssl);
    } catch (CertificateException notAnyMore) {
      fail(channel, client.tls().classify(notAnyMore), notAnyMore);
      return;
    }
    CompletableFuture<Optional<CertificateException>> asked = client.tls().ask(ssl);
    if (asked == null) {
      secured(channel, ssl);
    } else {
      holdUntil(asked, channel, ssl);
    }
  }

  /** Nothing goes to the backend, and nothing is taken from it, until it may be believed. */
  private void holdUntil(
      CompletableFuture<Optional<CertificateException>> asked, Channel channel, SslHandler ssl) {
    ReadGate held = new ReadGate();
    channel.pipeline().addLast("held", held);
    AtomicBoolean over = new AtomicBoolean();
    channel
        .closeFuture()
        .addListener(
            closed -> {
              if (over.compareAndSet(false, true)) {
                fail(channel, Failure.Upstream.TLS_HANDSHAKE, null);
              }
            });
    asked.whenComplete(
        (refusal, neverFails) ->
            channel
                .eventLoop()
                .execute(
                    () -> {
                      if (!over.compareAndSet(false, true)) {
                        return;
                      }
                      if (refusal.isPresent()) {
                        CertificateException why = refusal.get();
                        fail(channel, client.tls().classify(why), why);
                      } else {
                        secured(channel, ssl);
                        ChannelHandlerContext holder = channel.pipeline().context(held);
                        if (holder != null) {
                          held.release(holder);
                        }
                      }
                    }));
  }

  private void secured(Channel channel, SslHandler ssl) {
    if (over) {
      // Too late: it is being closed.
      return;
    }
    if (ssl.sslCloseFuture().isDone()) {
      // It said so while it was being checked; there was no connection yet to hear of it.
      fail(channel, Failure.Upstream.TLS_HANDSHAKE, null);
      return;
    }
    // A backend without ALPN speaks HTTP/1.1; one that chooses what was not offered is not HTTP.
    String chosen =
        Objects.requireNonNullElse(ssl.applicationProtocol(), ApplicationProtocolNames.HTTP_1_1);
    if (chosen.equals(ApplicationProtocolNames.HTTP_2) && !http1) {
      startHttp2(channel, ssl);
    } else if (chosen.equals(ApplicationProtocolNames.HTTP_1_1)
        && client.protocol() != Protocol.HTTP2) {
      startHttp1(channel, ssl);
    } else {
      fail(channel, Failure.Upstream.PROTOCOL_MISMATCH, null);
    }
  }

  private void connected(Channel channel) {
    over = true;
    cancelTimer();
    client.opened(channel, this);
    FatalAlertGuard.addTo(channel.pipeline());
    client.metrics(endpoint).connected(System.nanoTime() - startNanos);
  }

  private void startHttp1(Channel channel, SslHandler ssl) {
    connected(channel);
    ResponseDecoder decoder =
        new ResponseDecoder(HttpLimits.ofBackend(client.maxFields()), client.lenient());
    Http1Connection connection =
        new Http1Connection(
            channel, client.shares() ? pool : null, lifetime(ssl), decoder, client.tls()::classify);
    channel.pipeline().addLast("decoder", decoder);
    channel.pipeline().addLast("encoder", new RequestEncoder());
    channel.pipeline().addLast("upstream", connection);
    if (!http1) {
      pool.speaksHttp1();
      // Those who waited for a stream need connections of their own.
      pool.opened(null, generation).forEach(client::dialAgain);
    }
    succeeded(connection);
  }

  /** The rules that the responses of the backend may break. */
  Set<Leniency> lenient() {
    return client.lenient();
  }

  private void startHttp2(Channel channel, SslHandler ssl) {
    Http2Session[] session = new Http2Session[1];
    session[0] =
        Http2Session.install(
            channel,
            pool,
            lifetime(ssl),
            client.tls()::classify,
            client.pings(),
            client.maxFields(),
            client.memoryIsShort(),
            failure -> {
              if (failure != null) {
                fail(channel, failure, null);
              } else if (!over) {
                connected(channel);
                share(session[0]);
              }
            });
  }

  /** How long the connection may be kept. */
  private Http1Connection.Lifetime lifetime(SslHandler ssl) {
    return new Http1Connection.Lifetime(
        generation, client.tls().validUntilNanos(ssl), client.idleNanos());
  }

  private void share(Http2Session session) {
    Iterable<ConnectionAttempt> waiting = pool.opened(session, generation);
    // One whose client has gone must not take a stream from those who wait.
    if (!isCancelled()) {
      session.open(this);
    }
    for (ConnectionAttempt follower : waiting) {
      if (!follower.isCancelled()) {
        client.connectAgain(follower);
      }
    }
    pool.released(session);
  }

  /** This address is no use: the next one is tried, where there is one. */
  private void fail(Channel channel, Failure.Upstream reason, @Nullable Throwable cause) {
    if (over || race == null) {
      return;
    }
    failure = reason;
    channel.close();
    client.connectFailed(endpoint, address, reason, cause);
    race.next();
  }

  private void end() {
    over = true;
    cancelTimer();
    if (race != null) {
      race.stop();
    }
    if (current != null) {
      current.close();
    }
    client.closed(pool, endpoint);
    if (!http1) {
      // Where all share a connection, what failed for one would fail for all. Where they may need
      // connections of their own, none fails for another.
      boolean shared = pool.expectsHttp2();
      for (ConnectionAttempt follower : pool.opened(null, generation)) {
        if (shared) {
          follower.failed(failure);
        } else {
          client.dialAgain(follower);
        }
      }
    }
    failed(failure);
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
