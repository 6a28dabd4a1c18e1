package sallyport.proxy.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.cluster.Cluster;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.net.Failure;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.mirror.MirrorMetrics;
import sallyport.testkit.Backends;
import sallyport.testkit.FakeTransport;

class MirrorTest {
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final EventLoop loop = new DefaultEventLoop();
  private final FakeTransport transport =
      new FakeTransport(new Cluster(Backends.config("endpoints = [ \"name:1\" ]")), metrics);

  @AfterEach
  void close() {
    loop.shutdownGracefully();
    metrics.close();
  }

  private Mirror mirror(int share, IntUnaryOperator random) {
    return new Mirror(
        transport, share, Duration.ofMinutes(1), new MirrorMetrics(meters, "route", "app"), random);
  }

  private static HttpRequest request(String method) {
    HttpRequest request =
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), "/a");
    request.headers().set("Expect", "100-continue").set("X-Test", "here");
    return request;
  }

  private double counted(String outcome) {
    return meters.get("gateway.upstream.mirrored").tag("outcome", outcome).counter().count();
  }

  @ParameterizedTest
  @CsvSource({"10, 9, true", "10, 10, false", "1, 0, true", "1, 1, false", "100, 99, true"})
  void theShareIsOfAHundred(int share, int drawn, boolean copied) {
    mirror(share, bound -> drawn).copy(request("GET"), loop, ConnectionNeeds.OWN);
    assertThat(transport.pending).hasSize(copied ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, true",
    "HEAD, true",
    "OPTIONS, true",
    "POST, false",
    "PUT, false",
    "DELETE, false",
    "TRACE, false"
  })
  void safeMethodsAreCopied(String method, boolean copied) {
    mirror(100, bound -> 0).copy(request(method), loop, ConnectionNeeds.OWN);
    assertThat(transport.pending).hasSize(copied ? 1 : 0);
  }

  @Test
  void whatBelongsToOneConnectionIsNotCopied() {
    Mirror mirror = mirror(100, bound -> 0);
    mirror.copy(request("GET"), loop, new ConnectionNeeds(true, null, null, false));
    mirror.copy(request("GET"), loop, new ConnectionNeeds(false, null, null, true));
    assertThat(transport.pending).isEmpty();
    assertThat(counted("dropped")).isZero();
  }

  @Test
  void noCopyWaitsForAConnection() {
    mirror(100, bound -> 0).copy(request("GET"), loop, ConnectionNeeds.OWN);
    assertThat(transport.pending.getFirst().patient).isFalse();
    transport.pending.getFirst().failed(Failure.Upstream.CONNECTION_LIMIT);
    assertThat(counted("dropped")).isEqualTo(1);
    assertThat(transport.cluster().requests()).isZero();
  }

  @Test
  void theOriginalStaysAsItIs() {
    HttpRequest original = request("GET");
    mirror(100, bound -> 0).copy(original, loop, ConnectionNeeds.OWN);
    assertThat(original.headers().get("Expect")).isEqualTo("100-continue");
  }
}
