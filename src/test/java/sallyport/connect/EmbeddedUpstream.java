package sallyport.connect;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.config.backend.BackendConfig;
import sallyport.connect.pool.ConnectionPool;
import sallyport.connect.pool.Http1Connection;
import sallyport.connect.pool.Http2Session;
import sallyport.connect.pool.Lifetime;
import sallyport.connect.pool.ResponseRules;
import sallyport.connect.security.MutualTls;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.ResponseDecoder;
import sallyport.net.Failure;
import sallyport.observe.metrics.GatewayMetrics;
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
    Cluster backend = new Cluster(config);
    client =
        new UpstreamClient(
            backend,
            new MutualTls(null),
            (from, endpoint) -> from.newFailedFuture(new UnknownHostException()),
            List.of(loop),
            (from, address) -> from.register(new EmbeddedChannel()),
            metrics,
            () -> false,
            event -> {});
    Endpoint endpoint = backend.endpoints().getFirst();
    endpoint.tryOpenConnection();
    pool = client.pool(loop, endpoint);
  }

  public UpstreamClient client() {
    return client;
  }

  /** How many exchanges would find a connection of HTTP/1. */
  public int idle() {
    List<Http1Connection> idle = new ArrayList<>();
    for (Http1Connection next = pool.poll(); next != null; next = pool.poll()) {
      idle.add(next);
    }
    idle.reversed().forEach(pool::release);
    return idle.size();
  }

  /** Whether the next exchange would find a session of HTTP/2. */
  public boolean hasSession() {
    return pool.http2().session() != null;
  }

  /**
   * Makes a connection of this channel, with the handlers that {@link HttpOpening} adds, and puts
   * it into the pool.
   *
   * @param tap sits between the codec and the connection
   * @param faults takes every exception that the connection sees
   */
  public void connect(EmbeddedChannel channel, ChannelHandler tap, Consumer<Throwable> faults) {
    ResponseDecoder decoder = new ResponseDecoder(HttpLimits.ofBackend(128));
    Http1Connection connection =
        new Http1Connection(
            channel, /* authenticatedEnd= */ true, pool, stay(), decoder, classifier(faults));
    channel.pipeline().addLast("ssl", new NoTls());
    channel.pipeline().addLast("decoder", decoder);
    channel.pipeline().addLast("encoder", new HttpRequestEncoder());
    channel.pipeline().addLast("tap", tap);
    channel.pipeline().addLast("upstream", connection);
    connection.release();
  }

  /**
   * Makes a session of HTTP/2 of this channel, as {@link HttpOpening} does: it is in the pool once
   * the backend's settings have come.
   *
   * @param faults takes every exception that the session and its streams see, but HTTP/2's own
   */
  public void connectHttp2(EmbeddedChannel channel, Consumer<Throwable> faults) {
    int generation = pool.generation();
    pool.http2().opening();
    channel.pipeline().addLast("ssl", new NoTls());
    Http2Session.install(
        channel,
        pool,
        stay(),
        classifier(faults),
        client.cluster().config().pings(),
        new ResponseRules(
            client.cluster().config().limits().maxFields(), client.cluster().config().lenient()),
        () -> false,
        new Http2Session.Listener() {
          @Override
          public void onUsable(Http2Session session) {
            pool.opened(session, generation);
          }

          @Override
          public void onUnusable(Failure.Upstream failure) {
            pool.opened(null, generation);
          }
        });
  }

  private Lifetime stay() {
    long end = System.nanoTime() + NEVER;
    return new Lifetime(pool.generation(), end, NEVER, end);
  }

  private static Function<Throwable, Failure.Upstream> classifier(Consumer<Throwable> faults) {
    return fault -> {
      if (!(fault instanceof Http2Exception)) {
        faults.accept(fault);
      }
      return Failure.Upstream.TLS_HANDSHAKE;
    };
  }
}
