package sallyport.upstream;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequestEncoder;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import sallyport.backend.Backend;
import sallyport.backend.Endpoint;
import sallyport.codec.HttpLimits;
import sallyport.codec.ResponseDecoder;
import sallyport.config.BackendConfig;
import sallyport.http.Failure;
import sallyport.metrics.GatewayMetrics;
import sallyport.testkit.NoTls;

/**
 * The real client of a backend, without sockets: every connection that it has was put into its pool
 * by the test, and it may open none.
 */
public final class EmbeddedUpstream {
  private static final long NEVER = Duration.ofDays(1).toNanos();

  private final UpstreamClient client;
  private final ConnectionPool pool;

  /**
   * @param config with one connection at most
   * @param loop of the client's channel
   */
  @SuppressWarnings("NullAway") // No TLS: nothing is ever dialled.
  public EmbeddedUpstream(BackendConfig config, EventLoop loop, GatewayMetrics metrics) {
    Backend backend = new Backend(config);
    client =
        new UpstreamClient(
            backend, null, List.of(loop), EmbeddedChannel::new, metrics, event -> {});
    Endpoint endpoint = backend.endpoints().getFirst();
    endpoint.tryOpenConnection(1);
    pool = client.pool(loop, endpoint);
  }

  public UpstreamClient client() {
    return client;
  }

  /** Whether the next exchange would find a connection. */
  public boolean hasIdle() {
    UpstreamConnection idle = pool.poll();
    if (idle == null) {
      return false;
    }
    pool.release(idle);
    return true;
  }

  /**
   * Makes a connection of this channel, with the handlers that {@link PendingConnect} adds, and
   * puts it into the pool.
   *
   * @param tap sits between the codec and the connection
   * @param faults takes every exception that the connection sees
   */
  public void connect(EmbeddedChannel channel, ChannelHandler tap, Consumer<Throwable> faults) {
    ResponseDecoder decoder = new ResponseDecoder(HttpLimits.OF_BACKENDS);
    UpstreamConnection connection =
        new UpstreamConnection(
            channel,
            pool,
            new UpstreamConnection.Stay(pool.generation(), System.nanoTime() + NEVER, NEVER),
            decoder,
            fault -> {
              faults.accept(fault);
              return Failure.Upstream.TLS_HANDSHAKE;
            });
    channel.pipeline().addLast("ssl", new NoTls());
    channel.pipeline().addLast("decoder", decoder);
    channel.pipeline().addLast("encoder", new HttpRequestEncoder());
    channel.pipeline().addLast("tap", tap);
    channel.pipeline().addLast("upstream", connection);
    connection.release();
  }
}
