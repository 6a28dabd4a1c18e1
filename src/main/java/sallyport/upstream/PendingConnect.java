package sallyport.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import sallyport.backend.Endpoint;
import sallyport.codec.HttpLimits;
import sallyport.codec.RequestEncoder;
import sallyport.codec.ResponseDecoder;
import sallyport.config.BackendConfig.Protocol;
import sallyport.http.Failure;
import sallyport.tls.HeldReads;

/**
 * An exchange that waits for a connection: a new one, with TCP, then TLS with both sides verified,
 * then the policy, under one timeout; or a stream of one that is shared. Whoever waits may lose
 * interest; a new connection then goes to the pool.
 */
public final class PendingConnect {
  private final UpstreamClient client;
  private final Endpoint endpoint;
  private final ConnectionPool pool;
  private final Wanted wanted;
  private final boolean http1;

  /** Of the pool when this was begun, and of the identity that the backend gets to see. */
  private int generation;

  private final long startNanos = System.nanoTime();
  private @Nullable ConnectListener listener;
  private @Nullable Future<?> timer;
  private boolean timedOut;
  private boolean done;

  /**
   * @param http1 whether only HTTP/1.1 will do
   */
  PendingConnect(
      UpstreamClient client,
      Endpoint endpoint,
      ConnectionPool pool,
      ConnectListener listener,
      Wanted wanted,
      boolean http1) {
    this.client = client;
    this.endpoint = endpoint;
    this.pool = pool;
    this.listener = listener;
    this.wanted = wanted;
    this.http1 = http1;
  }

  /** Calls the listener no more. */
  public void cancel() {
    listener = null;
  }

  /** Whether the listener has been called. */
  public boolean isDone() {
    return done;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  Wanted wanted() {
    return wanted;
  }

  boolean http1() {
    return http1;
  }

  boolean isCancelled() {
    return listener == null;
  }

  /** Hands the connection over, or closes it when nobody waits for it any more. */
  void succeeded(UpstreamConnection connection) {
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
    ConnectListener waiting = listener;
    listener = null;
    return waiting;
  }

  // ---- a new connection

  void start(ChannelFuture connecting, SslHandler ssl) {
    Channel channel = connecting.channel();
    client.opening(channel);
    generation = pool.generation();
    if (!http1) {
      pool.opening();
    }
    timer =
        channel
            .eventLoop()
            .schedule(
                () -> {
                  timedOut = true;
                  channel.close();
                },
                client.connectNanos(),
                TimeUnit.NANOSECONDS);
    connecting.addListener(
        (ChannelFuture connected) -> {
          if (connected.isSuccess()) {
            ssl.handshakeFuture().addListener(handshake -> onHandshake(channel, ssl, handshake));
          } else {
            fail(channel, connectFailure(connected.cause()), connected.cause());
          }
        });
  }

  private void onHandshake(Channel channel, SslHandler ssl, Future<?> handshake) {
    if (!handshake.isSuccess()) {
      fail(channel, handshakeFailure(handshake.cause()), handshake.cause());
      return;
    }
    String breach = client.tls().violation(ssl);
    if (breach != null) {
      client.audit(endpoint, Failure.Upstream.TLS_POLICY, breach);
      fail(channel, Failure.Upstream.TLS_POLICY, null);
      return;
    }
    if (!client.mayUse(endpoint, ssl)) {
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
    HeldReads held = new HeldReads();
    channel.pipeline().addLast("held", held);
    AtomicBoolean over = new AtomicBoolean();
    channel
        .closeFuture()
        .addListener(
            closed -> {
              if (over.compareAndSet(false, true)) {
                fail(
                    channel,
                    timedOut ? Failure.Upstream.CONNECT_TIMEOUT : Failure.Upstream.TLS_HANDSHAKE,
                    null);
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
    cancelTimer();
    client.opened(channel);
    client.metrics(endpoint).connected(System.nanoTime() - startNanos);
  }

  private void startHttp1(Channel channel, SslHandler ssl) {
    connected(channel);
    ResponseDecoder decoder = new ResponseDecoder(HttpLimits.OF_BACKENDS);
    UpstreamConnection connection =
        new UpstreamConnection(
            channel, client.shares() ? pool : null, stay(ssl), decoder, client.tls()::classify);
    channel.pipeline().addLast("decoder", decoder);
    channel.pipeline().addLast("encoder", new RequestEncoder());
    channel.pipeline().addLast("upstream", connection);
    if (!http1) {
      pool.speaksHttp1();
      // Those who waited for a stream need connections of their own.
      pool.opened(null, generation)
          .forEach(follower -> client.dialAgain(channel.eventLoop(), follower));
    }
    succeeded(connection);
  }

  private void startHttp2(Channel channel, SslHandler ssl) {
    Http2Session[] session = new Http2Session[1];
    session[0] =
        Http2Session.install(
            channel,
            pool,
            stay(ssl),
            client.tls()::classify,
            failure -> {
              if (failure != null) {
                fail(channel, timedOut ? Failure.Upstream.CONNECT_TIMEOUT : failure, null);
              } else {
                connected(channel);
                share(channel.eventLoop(), session[0]);
              }
            });
  }

  /** How long the connection may be kept. */
  private UpstreamConnection.Stay stay(SslHandler ssl) {
    return new UpstreamConnection.Stay(
        generation, client.tls().validUntilNanos(ssl), client.idleNanos());
  }

  private void share(EventLoop loop, Http2Session session) {
    Iterable<PendingConnect> waiting = pool.opened(session, generation);
    // Whoever has lost interest must not take a stream from those who wait.
    if (!isCancelled()) {
      client.open(session, this);
    }
    for (PendingConnect follower : waiting) {
      if (!follower.isCancelled()) {
        client.connect(loop, follower);
      }
    }
  }

  private Failure.Upstream connectFailure(Throwable cause) {
    if (timedOut) {
      return Failure.Upstream.CONNECT_TIMEOUT;
    }
    return cause instanceof UnknownHostException
        ? Failure.Upstream.UNRESOLVED
        : Failure.Upstream.CONNECT_REFUSED;
  }

  private Failure.Upstream handshakeFailure(Throwable cause) {
    return timedOut ? Failure.Upstream.CONNECT_TIMEOUT : client.tls().classify(cause);
  }

  private void fail(Channel channel, Failure.Upstream failure, @Nullable Throwable cause) {
    cancelTimer();
    channel.close();
    client.connectFailed(endpoint, failure, cause);
    if (!http1) {
      // What failed for one would fail for all.
      pool.opened(null, generation).forEach(follower -> follower.failed(failure));
    }
    failed(failure);
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
