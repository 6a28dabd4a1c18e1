package sallyport.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.config.GatewayConfig;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.connect.stream.ResponseListener;
import sallyport.net.Failure;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.EmbeddedHttp2;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.RawHttp2Origin;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** One HTTP/2 connection to a backend, by its frames and a standing clock. */
class Http2SessionTest {
  private static final ConnectionNeeds ANY =
      new ConnectionNeeds(false, new InetSocketAddress(1), new InetSocketAddress(2), false);

  @TempDir Path folder;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final EmbeddedHttp2 backend = new EmbeddedHttp2(channel);
  private final List<Throwable> faults = new ArrayList<>();
  private EmbeddedUpstream upstream;

  /** An exchange that asks for a stream, and sends a GET once it has one. */
  private final class Asking implements ConnectListener, ResponseListener {
    private @Nullable ClientStream connection;
    private Failure.@Nullable Upstream failure;

    Asking() {
      this(/* patient= */ false);
    }

    Asking(boolean patient) {
      upstream
          .client()
          .connect(
              channel.eventLoop(),
              upstream.client().cluster().endpoints().getFirst(),
              this,
              ANY,
              patient);
      channel.runPendingTasks();
    }

    ClientStream connection() {
      return Objects.requireNonNull(connection);
    }

    @Override
    public void onConnected(ClientStream stream) {
      connection = stream;
      stream.begin(this, HttpMethod.GET, false);
      DefaultHttpRequest request =
          new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
      request.headers().set("host", "localhost");
      stream.write(request);
      stream.write(LastHttpContent.EMPTY_LAST_CONTENT);
      stream.flush();
    }

    @Override
    public void onConnectFailure(Failure.Upstream why) {
      failure = why;
    }

    @Override
    public void onInterim(HttpResponse response) {}

    @Override
    public void onHead(HttpResponse response) {}

    @Override
    public void onContent(HttpContent content) {
      content.release();
    }

    @Override
    public void onReadComplete() {}

    @Override
    public void onEnd(LastHttpContent last) {
      last.release();
    }

    @Override
    public void onWritable() {}

    @Override
    public boolean awaitsBackend() {
      return true;
    }

    @Override
    public void onFailure(Failure.Upstream why, Failure.@Nullable Response fault) {
      failure = why;
    }
  }

  @BeforeEach
  void connect() throws Exception {
    TestPki.writeTo(folder);
    GatewayConfig config =
        GatewayConfig.parse(
            Setup.to("127.0.0.1:1")
                .backend(
                    "protocol = http2, pool.max-connections = 1,"
                        + " http2.ping { interval = 10s, timeout = 5s }")
                .hocon(),
            folder);
    channel.freezeTime();
    upstream =
        new EmbeddedUpstream(
            Objects.requireNonNull(config.backends().get("app")),
            channel.eventLoop(),
            new GatewayMetrics());
    upstream.connectHttp2(channel, faults::add);
  }

  @AfterEach
  void close() {
    channel.close();
    channel.runPendingTasks();
    channel.finishAndReleaseAll();
    assertThat(faults).isEmpty();
  }

  private void receive(int type, int flags, int stream, byte[] payload) {
    backend.receive(type, flags, stream, payload);
  }

  private void settings(int maxStreams) {
    receive(RawHttp2.SETTINGS, 0, 0, RawHttp2Origin.maxStreams(maxStreams));
  }

  /** How many frames of a type have been sent since this was last asked. */
  private int sent(int type) {
    return (int) backend.sent().stream().filter(frame -> frame.type() == type).count();
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      channel.advanceTimeBy(1, TimeUnit.SECONDS);
      channel.runPendingTasks();
    }
  }

  @Test
  void isThereOnceTheBackendsSettingsAreKnown() {
    assertThat(upstream.hasSession()).isFalse();
    settings(0);
    assertThat(upstream.hasSession()).isFalse();
    settings(1);
    assertThat(upstream.hasSession()).isTrue();
  }

  @Test
  void hasRoomForAsManyStreamsAsTheBackendHasLastSaid() {
    settings(2);
    assertThat(new Asking().connection).isNotNull();
    assertThat(upstream.hasSession()).isTrue();
    Asking second = new Asking();
    assertThat(second.connection).isNotNull();
    assertThat(upstream.hasSession()).isFalse();
    assertThat(new Asking().failure).isEqualTo(Failure.Upstream.CONNECTION_LIMIT);
    settings(3);
    assertThat(upstream.hasSession()).isTrue();
    settings(2);
    second.connection().abort();
    channel.runPendingTasks();
    assertThat(upstream.hasSession()).isTrue();
  }

  @Test
  void thoseWhoWaitGetTheStreamsThatTheBackendAdds() {
    settings(1);
    Asking first = new Asking();
    assertThat(first.connection).isNotNull();
    Asking second = new Asking(/* patient= */ true);
    assertThat(second.connection).isNull();
    assertThat(second.failure).isNull();
    settings(2);
    assertThat(second.connection).isNotNull();
  }

  @Test
  void afterGoAwayItTakesNoMoreAndFinishesWhatItHas() {
    settings(10);
    Asking first = new Asking();
    // Of all streams that there can be.
    receive(RawHttp2.GOAWAY, 0, 0, new byte[] {127, -1, -1, -1, 0, 0, 0, 0});
    assertThat(upstream.hasSession()).isFalse();
    assertThat(first.failure).isNull();
    assertThat(channel.isOpen()).isTrue();
    first.connection().abort();
    pass(1);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void streamsThatTheBackendWillNotLookAtMayBeTriedElsewhere() {
    settings(10);
    Asking first = new Asking();
    receive(RawHttp2.GOAWAY, 0, 0, new byte[8]);
    assertThat(first.failure).isEqualTo(Failure.Upstream.STREAM_REFUSED);
  }

  @Test
  void silenceIsAReasonToAskAndNoAnswerTheEnd() {
    settings(10);
    Asking first = new Asking();
    Asking second = new Asking();
    sent(RawHttp2.PING);
    pass(10);
    assertThat(sent(RawHttp2.PING)).isEqualTo(1);
    assertThat(upstream.hasSession()).isTrue();
    pass(5);
    assertThat(first.failure).isEqualTo(Failure.Upstream.UNRESPONSIVE);
    assertThat(second.failure).isEqualTo(Failure.Upstream.UNRESPONSIVE);
    assertThat(upstream.hasSession()).isFalse();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anAnswerKeepsTheStreams() {
    settings(10);
    Asking first = new Asking();
    pass(10);
    receive(RawHttp2.PING, EmbeddedHttp2.ACK, 0, new byte[8]);
    pass(9);
    assertThat(first.failure).isNull();
    assertThat(upstream.hasSession()).isTrue();
  }

  @Test
  void aResponseThatDoesNotComeInTimeIsAReasonToAsk() {
    settings(10);
    Asking first = new Asking();
    sent(RawHttp2.PING);
    first.connection().armTimeout(TimeUnit.SECONDS.toNanos(3));
    pass(3);
    assertThat(first.failure).isEqualTo(Failure.Upstream.RESPONSE_TIMEOUT);
    assertThat(sent(RawHttp2.PING)).isEqualTo(1);
    pass(5);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void withoutStreamsNothingIsAsked() {
    settings(10);
    sent(RawHttp2.PING);
    pass(100);
    assertThat(sent(RawHttp2.PING)).isZero();
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void aFrameOfAStreamThatWasNeverOpenedEndsIt() {
    settings(10);
    Asking first = new Asking();
    sent(RawHttp2.GOAWAY);
    receive(RawHttp2.WINDOW_UPDATE, 0, 99, new byte[4]);
    pass(1);
    assertThat(sent(RawHttp2.GOAWAY)).isEqualTo(1);
    assertThat(first.failure).isEqualTo(Failure.Upstream.CLOSED_BEFORE_RESPONSE);
    assertThat(upstream.hasSession()).isFalse();
  }
}
