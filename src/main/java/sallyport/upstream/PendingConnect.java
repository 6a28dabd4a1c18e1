package sallyport.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.backend.Endpoint;
import sallyport.codec.HttpLimits;
import sallyport.codec.ResponseDecoder;
import sallyport.http.Failure;

/**
 * A connection that is being opened: TCP, then TLS with both sides verified, then the policy, under
 * one timeout. Whoever waits may lose interest; the connection then goes to the pool.
 */
public final class PendingConnect {
  private final UpstreamClient client;
  private final Endpoint endpoint;
  private final ConnectionPool pool;
  private final long startNanos = System.nanoTime();
  private @Nullable ConnectListener listener;
  private @Nullable Future<?> timer;
  private boolean timedOut;

  PendingConnect(
      UpstreamClient client, Endpoint endpoint, ConnectionPool pool, ConnectListener listener) {
    this.client = client;
    this.endpoint = endpoint;
    this.pool = pool;
    this.listener = listener;
  }

  /** Calls the listener no more. */
  public void cancel() {
    listener = null;
  }

  void start(ChannelFuture connecting, SslHandler ssl) {
    Channel channel = connecting.channel();
    client.opening(channel);
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
        (ChannelFuture done) -> {
          if (done.isSuccess()) {
            ssl.handshakeFuture().addListener(handshake -> onHandshake(channel, ssl, handshake));
          } else {
            fail(channel, connectFailure(done.cause()), done.cause());
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
    cancelTimer();
    client.opened(channel);
    client.connected(endpoint, ssl, System.nanoTime() - startNanos);
    ResponseDecoder decoder = new ResponseDecoder(HttpLimits.OF_BACKENDS);
    UpstreamConnection connection =
        new UpstreamConnection(channel, pool, client.idleNanos(), decoder, client.tls()::classify);
    channel.pipeline().addLast("decoder", decoder);
    channel.pipeline().addLast("encoder", new HttpRequestEncoder());
    channel.pipeline().addLast("upstream", connection);
    if (listener != null) {
      listener.onConnected(connection);
    } else {
      connection.release();
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
    if (listener != null) {
      listener.onConnectFailure(failure);
    }
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
