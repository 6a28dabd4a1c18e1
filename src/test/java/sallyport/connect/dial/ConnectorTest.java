package sallyport.connect.dial;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.connect.endpoint.EndpointObserver;
import sallyport.connect.security.Established;
import sallyport.connect.security.SecurityStep;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.net.Failure;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.Backends;

/** Steps of one connection, each of them a fake, by a clock that stands. */
class ConnectorTest {
  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 7);

  private final EmbeddedChannel clock = new EmbeddedChannel();
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final List<EmbeddedChannel> dialled = new ArrayList<>();
  private final List<String> heard = new ArrayList<>();
  private final FakeSecurity security = new FakeSecurity();
  private Connector.@Nullable Opening opening;
  private @Nullable Established established;

  ConnectorTest() {
    clock.freezeTime();
  }

  @AfterEach
  void close() {
    dialled.forEach(EmbeddedChannel::finishAndReleaseAll);
    metrics.close();
  }

  /** Answers when the test says so. */
  private static final class FakeSecurity implements SecurityStep {
    private final List<SecurityStep.Listener> begun = new ArrayList<>();
    private boolean letGo;
    private int inUse;

    @Override
    public boolean begin(
        Channel channel,
        Endpoint endpoint,
        SocketAddress address,
        boolean http1,
        Listener listener) {
      channel.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII));
      begun.add(listener);
      return !letGo;
    }

    @Override
    public void inUse(Channel channel) {
      inUse++;
    }

    @Override
    public Failure.Upstream classify(Throwable cause) {
      return Failure.Upstream.TLS_HANDSHAKE;
    }

    @Override
    public String describe(Throwable cause) {
      return cause.toString();
    }
  }

  private final class Heard implements Connector.Listener {
    @Override
    public void onEstablished(Connector.Opening by, Established connection) {
      opening = by;
      established = connection;
      heard.add("established " + connection.protocol());
    }

    @Override
    public void onFailed(Failure.Upstream failure) {
      heard.add(failure.flag());
    }
  }

  private Connector connect(int addresses, String settings) {
    return connect(
        clock
            .eventLoop()
            .newSucceededFuture(
                IntStream.rangeClosed(1, addresses)
                    .<SocketAddress>mapToObj(
                        port -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                    .toList()),
        settings);
  }

  private Connector connect(Future<List<SocketAddress>> addresses, String settings) {
    Cluster backend =
        new Cluster(Backends.config("endpoints = [ \"name:1\" ], connect-timeout = 5s" + settings));
    Connector connector =
        new Connector(
            backend.config(),
            (loop, endpoint) -> addresses,
            (loop, address) -> dial(),
            security,
            new EndpointObserver(backend, metrics, event -> {}));
    connector.connect(
        clock.eventLoop(),
        backend.endpoints().getFirst(),
        new ConnectionNeeds(false, ADDRESS, ADDRESS, false),
        /* http1= */ true,
        new Heard());
    return connector;
  }

  private ChannelFuture dial() {
    EmbeddedChannel channel = new EmbeddedChannel();
    dialled.add(channel);
    return channel.newSucceededFuture();
  }

  private Established secure(int index) {
    return new Established(dialled.get(index), "http/1.1", 0, /* authenticatedEnd= */ true);
  }

  private void pass(long millis) {
    clock.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    clock.runScheduledPendingTasks();
  }

  @Test
  void whatIsEstablishedAndTakenIsUnderNoTimeoutAnyMore() {
    connect(1, "");
    assertThat(heard).isEmpty();
    security.begun.getFirst().onSecured(secure(0));
    assertThat(heard).containsExactly("established http/1.1");
    assertThat(security.inUse).isZero();
    assertThat(opening).isNotNull();
    assertThat(established).isNotNull();
    Objects.requireNonNull(opening).accept(Objects.requireNonNull(established));
    assertThat(security.inUse).isEqualTo(1);
    pass(10_000);
    assertThat(dialled.getFirst().isOpen()).isTrue();
    assertThat(heard).hasSize(1);
  }

  @Test
  void whatIsEstablishedAndNotTakenInTimeIsClosed() {
    connect(1, "");
    security.begun.getFirst().onSecured(secure(0));
    pass(5000);
    assertThat(heard).containsExactly("established http/1.1", "connect_timeout");
    assertThat(dialled.getFirst().isOpen()).isFalse();
  }

  @Test
  void anAddressThatSecurityRefusesIsFollowedByTheNext() {
    connect(2, "");
    security
        .begun
        .getFirst()
        .onRefused(dialled.getFirst(), Failure.Upstream.TLS_UNTRUSTED, "not known");
    assertThat(dialled.getFirst().isOpen()).isFalse();
    assertThat(heard).isEmpty();
    security.begun.get(1).onSecured(secure(1));
    assertThat(heard).containsExactly("established http/1.1");
  }

  @Test
  void anAddressThatIsRejectedIsFollowedByTheNextAndTheLastSaysWhy() {
    connect(2, "");
    security.begun.getFirst().onSecured(secure(0));
    assertThat(opening).isNotNull();
    assertThat(established).isNotNull();
    Objects.requireNonNull(opening)
        .reject(Objects.requireNonNull(established), Failure.Upstream.PROTOCOL_MISMATCH);
    assertThat(dialled.getFirst().isOpen()).isFalse();
    security.begun.get(1).onRefused(dialled.get(1), Failure.Upstream.TLS_EXPIRED, null);
    assertThat(heard).containsExactly("established http/1.1", "tls_expired");
    assertThat(dialled.get(1).isOpen()).isFalse();
  }

  @Test
  void securityThatHangsEndsWithTheTimeoutAndComesTooLate() {
    connect(2, "");
    pass(4999);
    assertThat(heard).isEmpty();
    pass(1);
    assertThat(heard).containsExactly("connect_timeout");
    assertThat(dialled).hasSize(1).noneMatch(EmbeddedChannel::isOpen);
    security.begun.getFirst().onSecured(secure(0));
    security.begun.getFirst().onRefused(dialled.getFirst(), Failure.Upstream.TLS_EXPIRED, null);
    assertThat(heard).hasSize(1);
  }

  @Test
  void aNameWithoutAddressesIsUnresolved() {
    connect(clock.eventLoop().newFailedFuture(new UnknownHostException("name")), "");
    assertThat(heard).containsExactly("unresolved");
    assertThat(dialled).isEmpty();
    pass(10_000);
    assertThat(heard).hasSize(1);
  }

  @Test
  void aBackendThatIsLetGoMeanwhileIsNotReached() {
    security.letGo = true;
    connect(2, "");
    assertThat(heard).containsExactly("connect_refused");
    assertThat(dialled).hasSize(1).noneMatch(EmbeddedChannel::isOpen);
  }

  @Test
  void theClientIsToldBeforeSecurityBegins() {
    connect(1, ", proxy-protocol = v1");
    StringBuilder sent = new StringBuilder();
    for (ByteBuf next = dialled.getFirst().readOutbound();
        next != null;
        next = dialled.getFirst().readOutbound()) {
      sent.append(next.toString(StandardCharsets.US_ASCII));
      next.release();
    }
    assertThat(sent.toString()).startsWith("PROXY TCP4 127.0.0.1 127.0.0.1 7 7").endsWith("hello");
  }

  @Test
  void whatIsBeingOpenedIsClosedWithTheConnector() {
    connect(1, "").close();
    assertThat(dialled.getFirst().isOpen()).isFalse();
  }

  @Test
  void whatIsInUseStaysWhenTheConnectorIsClosed() {
    Connector connector = connect(1, "");
    security.begun.getFirst().onSecured(secure(0));
    assertThat(opening).isNotNull();
    assertThat(established).isNotNull();
    Objects.requireNonNull(opening).accept(Objects.requireNonNull(established));
    connector.close();
    assertThat(dialled.getFirst().isOpen()).isTrue();
  }
}
