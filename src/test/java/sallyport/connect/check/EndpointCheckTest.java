package sallyport.connect.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Withdrawal;
import sallyport.cluster.health.CheckTimes;
import sallyport.cluster.health.HealthState;
import sallyport.config.backend.BackendConfig;
import sallyport.connect.dial.Connector;
import sallyport.connect.endpoint.CheckObserver;
import sallyport.connect.endpoint.EndpointObserver;
import sallyport.connect.security.Established;
import sallyport.connect.security.SecurityStep;
import sallyport.net.Failure;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.Backends;
import sallyport.testkit.LogLines;

/** Checks of one endpoint by handshakes that a fake answers, by a clock that stands. */
class EndpointCheckTest {
  private final EmbeddedChannel clock = new EmbeddedChannel();
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final List<EmbeddedChannel> dialled = new ArrayList<>();
  private final List<SecurityStep.Listener> handshakes = new ArrayList<>();
  private final List<Object> audited = new ArrayList<>();
  private final LogLines log = new LogLines("sallyport.connect.endpoint.CheckObserver");
  private final Endpoint endpoint;
  private final EndpointCheck check;

  EndpointCheckTest() {
    clock.freezeTime();
    BackendConfig backend =
        Backends.config(
            "endpoints = [ \"127.0.0.1:7\" ], health { check = tls, interval = 5s, jitter = 0%,"
                + " timeout = 2s, rise = 2, fall = 3 }");
    Cluster cluster = new Cluster(backend);
    endpoint = cluster.endpoints().getFirst();
    EndpointObserver traffic = new EndpointObserver(cluster, metrics, audited::add);
    CheckObserver observer = new CheckObserver(backend, endpoint, traffic);
    Connector connector =
        new Connector(
            backend,
            backend.health().timeout(),
            (loop, asked) ->
                loop.newSucceededFuture(
                    List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 7))),
            (loop, address) -> dial(),
            new Handshakes(),
            observer);
    check =
        new EndpointCheck(
            clock.eventLoop(),
            backend,
            endpoint,
            connector,
            observer,
            new CheckTimes(backend.health(), () -> 0.5));
  }

  @AfterEach
  void close() {
    dialled.forEach(EmbeddedChannel::finishAndReleaseAll);
    metrics.close();
    log.close();
  }

  /** Answers when the test says so. */
  private final class Handshakes implements SecurityStep {
    @Override
    public boolean begin(
        Channel channel, Endpoint to, SocketAddress address, boolean http1, Listener listener) {
      handshakes.add(listener);
      return true;
    }

    @Override
    public void inUse(Channel channel) {}

    @Override
    public Failure.Upstream classify(Throwable cause) {
      return Failure.Upstream.TLS_HANDSHAKE;
    }

    @Override
    public String describe(Throwable cause) {
      return cause.toString();
    }
  }

  private ChannelFuture dial() {
    EmbeddedChannel channel = new EmbeddedChannel();
    dialled.add(channel);
    return channel.newSucceededFuture();
  }

  private void start() {
    check.start();
    pass(0);
  }

  private void pass(long millis) {
    clock.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    clock.runPendingTasks();
    clock.runScheduledPendingTasks();
  }

  private void succeed() {
    handshakes
        .getLast()
        .onSecured(new Established(dialled.getLast(), "http/1.1", 0, /* authenticatedEnd= */ true));
  }

  private void refuse() {
    handshakes
        .getLast()
        .onRefused(dialled.getLast(), Failure.Upstream.TLS_UNTRUSTED, "its authority is unknown");
  }

  private double results(String result) {
    return metrics
        .scrape()
        .lines()
        .filter(line -> line.startsWith("gateway_upstream_health_checks_total{"))
        .filter(line -> line.contains("result=\"" + result + "\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void eachCheckHasAConnectionOfItsOwnThatIsClosedAfterIt() {
    start();
    assertThat(dialled).hasSize(1);
    pass(100);
    succeed();
    assertThat(dialled.getFirst().isOpen()).isFalse();
    assertThat(check.state()).isEqualTo(new HealthState.Healthy(0));
    pass(4899);
    assertThat(dialled).as("5 s from start to start").hasSize(1);
    pass(1);
    assertThat(dialled).hasSize(2);
    assertThat(results("passed")).isEqualTo(1);
    assertThat(log.all()).isEmpty();
  }

  @Test
  void oneCheckIsUnderWayAtATime() {
    start();
    pass(1999);
    assertThat(dialled).hasSize(1);
    assertThat(check.state()).isEqualTo(HealthState.UNCHECKED);
    pass(1);
    assertThat(dialled.getFirst().isOpen()).as("over its timeout").isFalse();
    assertThat(results("connect_timeout")).isEqualTo(1);
    assertThat(endpoint.isWithdrawn(Withdrawal.UNHEALTHY)).isTrue();
    pass(2999);
    assertThat(dialled).hasSize(1);
    pass(1);
    assertThat(dialled).hasSize(2);
  }

  @Test
  void aChangeOfTheStateHasOneLineAndAFailureOfIdentityOneAuditEvent() {
    start();
    succeed();
    for (int i = 0; i < 5; i++) {
      assertThat(endpoint.isUp()).as("after %d failures", i).isEqualTo(i < 3);
      pass(5000);
      refuse();
    }
    for (int i = 0; i < 3; i++) {
      assertThat(endpoint.isUp()).as("after %d that pass", i).isEqualTo(i == 2);
      pass(5000);
      succeed();
    }
    assertThat(log.all())
        .containsExactly(
            "backend app: endpoint 127.0.0.1:7 is unhealthy: 3 health checks failed in a row, the"
                + " last: tls_untrusted: its authority is unknown",
            "backend app: endpoint 127.0.0.1:7 is healthy again");
    assertThat(audited).hasSize(1);
    assertThat(audited.getFirst().toString()).contains("BackendRefused", "tls_untrusted");
    assertThat(results("tls_untrusted")).isEqualTo(5);
    assertThat(results("passed")).isEqualTo(4);
  }

  @Test
  void checksAreNoTraffic() {
    start();
    refuse();
    assertThat(metrics.scrape())
        .contains(
            "gateway_upstream_connect_seconds_count{backend=\"app\",endpoint=\"127.0.0.1:7\"} 0")
        .doesNotContain("gateway_upstream_failures_total");
  }

  @Test
  void aCheckThatIsStoppedEndsAndNoneFollows() {
    start();
    check.stop();
    pass(0);
    assertThat(dialled.getFirst().isOpen()).isFalse();
    pass(60_000);
    assertThat(dialled).hasSize(1);
    assertThat(check.state()).isEqualTo(HealthState.UNCHECKED);
    assertThat(results("connect_timeout")).isZero();
  }

  @Test
  void betweenChecksItStopsToo() {
    start();
    refuse();
    check.stop();
    pass(60_000);
    assertThat(dialled).hasSize(1);
    assertThat(endpoint.isWithdrawn(Withdrawal.UNHEALTHY)).as("what is known stays").isTrue();
  }
}
