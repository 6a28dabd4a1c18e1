package sallyport.connect;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.config.address.EndpointAddress;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendLimitsConfig;
import sallyport.config.backend.EjectionConfig;
import sallyport.config.backend.PoolConfig;
import sallyport.config.backend.RetriesConfig;
import sallyport.config.backend.sticky.StickyConfig;
import sallyport.config.health.HealthConfig;
import sallyport.config.http.PingsConfig;
import sallyport.connect.pool.ConnectionPool;
import sallyport.connect.pool.Http1Connection;
import sallyport.connect.pool.Lifetime;
import sallyport.connect.stream.ResponseListener;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.ResponseDecoder;
import sallyport.net.Failure;
import sallyport.observe.metrics.GatewayMetrics;

/** Taking a connection from its pool, beginning an exchange on it, and giving it back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PoolBenchmark {
  private static final long LONG = Duration.ofHours(1).toNanos();

  /** How many connections are idle. */
  @Param({"1", "64"})
  public int idle;

  private final Nobody nobody = new Nobody();
  private ConnectionPool pool;

  /** Fills the pool. */
  @Setup
  public void connect() {
    EmbeddedChannel first = new EmbeddedChannel();
    pool =
        new ConnectionPool(
            first.eventLoop(),
            endpoint(),
            /* share= */ idle,
            /* maxIdle= */ idle,
            /* http2Only= */ false,
            new GatewayMetrics().upstream("legacy", "127.0.0.1:9443"),
            pending -> {},
            asking -> {});
    for (int i = 0; i < idle; i++) {
      EmbeddedChannel channel = i == 0 ? first : new EmbeddedChannel();
      new Http1Connection(
              channel,
              /* authenticatedEnd= */ true,
              pool,
              new Lifetime(
                  pool.generation(), System.nanoTime() + LONG, LONG, System.nanoTime() + LONG),
              new ResponseDecoder(HttpLimits.ofBackend(128), Set.of()),
              fault -> Failure.Upstream.TLS_HANDSHAKE)
          .release();
    }
  }

  private static Endpoint endpoint() {
    BackendConfig config =
        new BackendConfig(
            "legacy",
            List.of(
                new BackendConfig.EndpointConfig(
                    new EndpointAddress.Host("127.0.0.1", 9443),
                    /* weight= */ 1,
                    /* backup= */ false)),
            /* endpointsFile= */ null,
            BackendConfig.Balance.ROUND_ROBIN,
            /* hash= */ null,
            new StickyConfig(null, null, Duration.ZERO, StickyConfig.SameSite.LAX, null, null),
            /* security= */ null,
            new PoolConfig(1024, 1024, true, Duration.ofSeconds(30), Duration.ofMinutes(10)),
            new EjectionConfig(
                5,
                Duration.ofSeconds(10),
                Duration.ofMinutes(5),
                50,
                new EjectionConfig.FailureShare(0, 20, Duration.ofSeconds(10)),
                new EjectionConfig.Latency(0, Duration.ofMillis(250), 100, Duration.ofSeconds(10))),
            new HealthConfig(
                HealthConfig.Check.OFF,
                HealthConfig.Method.GET,
                "/",
                /* host= */ null,
                Set.of("2xx"),
                /* body= */ null,
                Duration.ofSeconds(5),
                /* jitter= */ 20,
                Duration.ofSeconds(2),
                /* rise= */ 2,
                /* fall= */ 3),
            /* slowStart= */ Duration.ZERO,
            BackendConfig.Protocol.HTTP1,
            new PingsConfig(Duration.ofSeconds(10), Duration.ofSeconds(5)),
            new BackendLimitsConfig(128, 1024, 100),
            new RetriesConfig(2, 20, /* tryTimeout= */ Duration.ZERO),
            BackendConfig.ProxyProtocol.OFF,
            Duration.ofSeconds(5),
            /* lenient= */ Set.of(),
            /* location= */ null);
    return new Cluster(config).endpoints().getFirst();
  }

  /** Without anything that is sent. */
  @Benchmark
  public Http1Connection takeAndGiveBack() {
    Http1Connection connection = pool.poll();
    connection.begin(nobody, HttpMethod.GET, false);
    connection.armTimeout(LONG);
    connection.release();
    return connection;
  }

  private static final class Nobody implements ResponseListener {
    @Override
    public void onInterim(HttpResponse response) {}

    @Override
    public void onHead(HttpResponse response) {}

    @Override
    public void onContent(HttpContent content) {}

    @Override
    public void onEnd(LastHttpContent last) {}

    @Override
    public void onReadComplete() {}

    @Override
    public void onWritable() {}

    @Override
    public boolean awaitsBackend() {
      return true;
    }

    @Override
    public void onFailure(Failure.Upstream failure, Failure.@Nullable Response fault) {}
  }
}
