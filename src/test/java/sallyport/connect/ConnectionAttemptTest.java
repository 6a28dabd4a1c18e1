package sallyport.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.connect.security.MutualTls;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.net.Failure;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.Setup;
import sallyport.tls.server.LoadedTls;

/** A connect whose backend is let go meanwhile. */
class ConnectionAttemptTest {
  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  @Test
  void tcpThatStandsTooLateIsClosedAndItsPlaceGivenBack() {
    Clock clock = Clock.fixed(Instant.now(), ZoneOffset.UTC);
    GatewayMetrics metrics = new GatewayMetrics();
    EmbeddedChannel loop = new EmbeddedChannel();
    try (LoadedTls tls =
        new LoadedTls(folder, clock, Setup.to("127.0.0.1:1").backend("pool.max-connections = 1"))) {
      EmbeddedChannel connection = new EmbeddedChannel();
      Cluster backend = new Cluster(tls.backend());
      UpstreamClient client =
          new UpstreamClient(
              backend,
              new MutualTls(tls.upstream()),
              (from, endpoint) -> from.newSucceededFuture(List.of(ADDRESS)),
              List.of(loop.eventLoop()),
              (from, address) -> connection.newSucceededFuture(),
              metrics,
              () -> false,
              event -> {});
      Endpoint endpoint = backend.endpoints().getFirst();
      List<String> heard = new ArrayList<>();
      tls.upstream().close();
      client.connect(
          loop.eventLoop(),
          endpoint,
          new ConnectListener() {
            @Override
            public void onConnected(ClientStream connection) {
              heard.add("connected");
            }

            @Override
            public void onConnectFailure(Failure.Upstream failure) {
              heard.add(failure.flag());
            }
          },
          new ConnectionNeeds(false, ADDRESS, ADDRESS, false),
          /* patient= */ false);
      assertThat(connection.isOpen()).isFalse();
      assertThat(heard).containsExactly("connect_refused");
      assertThat(endpoint.tryOpenConnection()).as("a place is free").isTrue();
      connection.finishAndReleaseAll();
    } finally {
      loop.finishAndReleaseAll();
      metrics.close();
    }
  }
}
