package sallyport.connect.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.connect.stream.ResponseListener;
import sallyport.net.Failure;
import sallyport.testkit.EmbeddedHttp2;
import sallyport.testkit.RawHttp2;

/** Streams of one connection to a backend, by their frames and a standing clock. */
class Http2ClientHandlerTest {
  private static final int CANCEL = 8;
  private static final int REFUSED_STREAM = 7;
  private static final int FRAME = 16 * 1024;
  private static final byte[] STATUS_200 = {(byte) 0x88};

  /** Netty's first; 1 is for an upgrade. */
  private static final int FIRST = 3;

  private final List<String> owner = new ArrayList<>();
  private final Http2ClientHandler handler =
      Http2ClientHandler.create(
          () -> false,
          new Http2ClientHandler.Owner() {
            @Override
            public void onSettings(@Nullable Long maxStreams, boolean connectProtocol) {}

            @Override
            public void onPingAnswered() {
              owner.add("pong");
            }

            @Override
            public void onGoAway() {
              owner.add("goaway");
            }

            @Override
            public void onStreamClosed() {
              owner.add("closed");
            }
          });
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final EmbeddedHttp2 backend = new EmbeddedHttp2(channel);
  private int doubts;

  @BeforeEach
  void connect() {
    channel.freezeTime();
    channel.pipeline().addLast(handler);
    handler.widen(4 * 1024 * 1024);
    receive(RawHttp2.SETTINGS, 0, 0, new byte[0]);
    receive(RawHttp2.SETTINGS, EmbeddedHttp2.ACK, 0, new byte[0]);
    channel.releaseOutbound();
  }

  @AfterEach
  void close() {
    channel.close();
    channel.runPendingTasks();
    channel.finishAndReleaseAll();
  }

  /** An exchange on a stream of its own. */
  private final class Exchange implements ResponseListener {
    private final Http2ClientStream stream =
        handler.newStream(
            false, 128, Set.of(), cause -> Failure.Upstream.TLS_HANDSHAKE, () -> doubts++);
    private final List<String> heard = new ArrayList<>();
    private int received;
    private boolean awaitsBackend = true;

    Exchange() {
      stream.begin(this, HttpMethod.GET, false);
    }

    /** Sends the head of its request. */
    Exchange opened() {
      return opened("x-plain", "1");
    }

    /** Sends the head of its request with a field of its own. */
    Exchange opened(String name, String value) {
      DefaultHttpRequest request =
          new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
      request.headers().set(name, value);
      request.headers().set("host", "localhost").set("transfer-encoding", "chunked");
      stream.write(request);
      stream.flush();
      channel.runPendingTasks();
      return this;
    }

    @Override
    public void onInterim(HttpResponse response) {
      heard.add("interim");
    }

    @Override
    public void onHead(HttpResponse response) {
      heard.add(response.status().codeAsText().toString());
    }

    @Override
    public void onContent(HttpContent content) {
      received += content.content().readableBytes();
      content.release();
    }

    @Override
    public void onEnd(LastHttpContent last) {
      heard.add("end");
      last.release();
    }

    @Override
    public void onReadComplete() {
      heard.add("read");
    }

    @Override
    public void onWritable() {
      heard.add("writable");
    }

    @Override
    public boolean awaitsBackend() {
      return awaitsBackend;
    }

    @Override
    public void onFailure(Failure.Upstream failure, Failure.@Nullable Response fault) {
      heard.add(failure.flag());
    }
  }

  private void receive(int type, int flags, int stream, byte[] payload) {
    backend.receive(type, flags, stream, payload);
  }

  private void head(int stream) {
    receive(RawHttp2.HEADERS, RawHttp2.END_HEADERS, stream, STATUS_200);
  }

  /** The numbers in the frames of a type on a stream that were sent since this was last asked. */
  private List<Integer> sent(int type, int stream) {
    return backend.sent(type, stream).stream()
        .map(frame -> frame.payload().length >= 4 ? frame.number(0) : 0)
        .toList();
  }

  private void pass(long millis) {
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
    channel.runPendingTasks();
  }

  // ---- heads

  @ParameterizedTest
  @CsvSource({"cookie, true", "authorization, true", "traceparent, true", "x-plain, false"})
  void secretsAndUniqueFieldsStayOutOfTheTableOfTheConnection(String name, boolean literal) {
    for (int i = 0; i < 2; i++) {
      new Exchange().opened(name, "value-of-" + name);
    }
    String sent = text();
    assertThat(sent.split("value-of-" + name, -1)).hasSize(literal ? 3 : 2);
  }

  /** What was sent since this was last asked, an octet a character. */
  private String text() {
    StringBuilder text = new StringBuilder();
    for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      text.append(next.toString(StandardCharsets.ISO_8859_1));
      next.release();
    }
    return text.toString();
  }

  // ---- flow control

  @Test
  void theWindowIsKeptWhileTheReaderPausesAndReturnedWhenItGoesOn() {
    Exchange exchange = new Exchange().opened();
    head(FIRST);
    exchange.stream.setReading(false);
    for (int i = 0; i < 12; i++) {
      receive(RawHttp2.DATA, 0, FIRST, new byte[FRAME]);
    }
    assertThat(exchange.received).as("is handed over all the same").isEqualTo(12 * FRAME);
    assertThat(sent(RawHttp2.WINDOW_UPDATE, FIRST)).isEmpty();
    exchange.stream.setReading(true);
    channel.runPendingTasks();
    assertThat(sent(RawHttp2.WINDOW_UPDATE, FIRST)).containsExactly(12 * FRAME);
  }

  @Test
  void theWindowReturnsAsItIsUsedWhileTheReaderReads() {
    new Exchange().opened();
    head(FIRST);
    for (int i = 0; i < 12; i++) {
      receive(RawHttp2.DATA, 0, FIRST, new byte[FRAME]);
    }
    assertThat(sent(RawHttp2.WINDOW_UPDATE, FIRST)).isNotEmpty();
  }

  @Test
  void aWriterHearsWhenTheBackendTakesMore() {
    Exchange exchange = new Exchange().opened();
    assertThat(exchange.stream.isWritable()).isTrue();
    exchange.stream.write(new DefaultHttpContent(Unpooled.buffer().writeZero(70_000)));
    exchange.stream.flush();
    channel.runPendingTasks();
    assertThat(exchange.stream.isWritable()).isFalse();
    assertThat(exchange.heard).isEmpty();
    receive(RawHttp2.WINDOW_UPDATE, 0, 0, EmbeddedHttp2.number(10_000));
    assertThat(exchange.heard).as("the stream has a window too").isEmpty();
    receive(RawHttp2.WINDOW_UPDATE, 0, FIRST, EmbeddedHttp2.number(10_000));
    assertThat(exchange.heard).containsExactly("writable");
    assertThat(exchange.stream.isWritable()).isTrue();
  }

  // ---- the end of streams

  @Test
  void onlyStreamsThatTheBackendWillNotLookAtFailWithItsGoAway() {
    Exchange first = new Exchange().opened();
    Exchange second = new Exchange().opened();
    receive(RawHttp2.GOAWAY, 0, 0, new byte[] {0, 0, 0, FIRST, 0, 0, 0, 0});
    assertThat(owner).startsWith("goaway");
    assertThat(second.heard).containsExactly("stream_refused");
    assertThat(first.heard).isEmpty();
    receive(RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, FIRST, STATUS_200);
    assertThat(first.heard).startsWith("200", "end");
  }

  @Test
  void aRefusedStreamMayBeTriedElsewhere() {
    Exchange exchange = new Exchange().opened();
    receive(RawHttp2.RST_STREAM, 0, FIRST, EmbeddedHttp2.number(REFUSED_STREAM));
    assertThat(exchange.heard).containsExactly("stream_refused");
    assertThat(owner).containsExactly("closed");
  }

  @Test
  void aResetSaysWhetherTheResponseHadBegun() {
    Exchange before = new Exchange().opened();
    receive(RawHttp2.RST_STREAM, 0, FIRST, EmbeddedHttp2.number(CANCEL));
    assertThat(before.heard).containsExactly("closed_before_response");
    Exchange during = new Exchange().opened();
    head(FIRST + 2);
    receive(RawHttp2.RST_STREAM, 0, FIRST + 2, EmbeddedHttp2.number(CANCEL));
    assertThat(during.heard).containsExactly("200", "read", "closed_during_response");
    assertThat(owner).containsExactly("closed", "closed");
  }

  @Test
  void aStreamThatIsAbortedBeforeItOpenedGivesItsPlaceBackOnce() {
    Exchange exchange = new Exchange();
    exchange.stream.abort();
    exchange.stream.abort();
    assertThat(owner).containsExactly("closed");
    exchange.opened();
    assertThat(sent(RawHttp2.HEADERS, FIRST)).isEmpty();
    assertThat(exchange.heard).isEmpty();
  }

  @Test
  void anAbortedStreamIsResetAndGivesItsPlaceBackOnce() {
    Exchange exchange = new Exchange().opened();
    assertThat(owner).isEmpty();
    exchange.stream.abort();
    channel.runPendingTasks();
    assertThat(sent(RawHttp2.RST_STREAM, FIRST)).containsExactly(CANCEL);
    exchange.stream.release();
    assertThat(owner).containsExactly("closed");
    assertThat(exchange.heard).isEmpty();
  }

  @Test
  void nothingOfAnAbortedRequestFollowsItsReset() {
    Exchange exchange = new Exchange().opened();
    backend.sent();
    exchange.stream.write(new DefaultHttpContent(Unpooled.buffer().writeZero(10)));
    exchange.stream.abort();
    channel.runPendingTasks();
    assertThat(backend.told()).containsExactly("RST_STREAM 3 CANCEL");
    assertThat(owner).containsExactly("closed");
  }

  @Test
  void whatFailsAllFailsEachOnce() {
    Exchange first = new Exchange().opened();
    Exchange second = new Exchange().opened();
    handler.failAll(Failure.Upstream.UNRESPONSIVE);
    channel.close();
    channel.runPendingTasks();
    assertThat(first.heard).containsExactly("unresponsive");
    assertThat(second.heard).containsExactly("unresponsive");
    assertThat(owner).containsExactly("closed", "closed");
  }

  // ---- timeouts

  @Test
  void aResponseThatDoesNotBeginInTimeFailsAndRaisesDoubts() {
    Exchange exchange = new Exchange().opened();
    exchange.stream.armTimeout(TimeUnit.SECONDS.toNanos(3));
    pass(2999);
    assertThat(exchange.heard).isEmpty();
    pass(1);
    assertThat(exchange.heard).containsExactly("response_timeout");
    assertThat(doubts).isEqualTo(1);
    assertThat(sent(RawHttp2.RST_STREAM, FIRST)).containsExactly(CANCEL);
  }

  @Test
  void aResponseThatStallsFails() {
    Exchange exchange = new Exchange().opened();
    head(FIRST);
    exchange.stream.armTimeout(TimeUnit.SECONDS.toNanos(3));
    pass(3000);
    assertThat(exchange.heard).containsExactly("200", "read", "stream_timeout");
  }

  @Test
  void theTimeoutBeginsAnewWhileItIsTheClientThatWaits() {
    Exchange exchange = new Exchange().opened();
    exchange.stream.armTimeout(TimeUnit.SECONDS.toNanos(3));
    exchange.awaitsBackend = false;
    pass(3000);
    exchange.awaitsBackend = true;
    pass(2999);
    assertThat(exchange.heard).isEmpty();
    pass(1);
    assertThat(exchange.heard).containsExactly("response_timeout");
  }

  @Test
  void aResponseThatIsWholeHasNoTimeout() {
    Exchange exchange = new Exchange().opened();
    exchange.stream.armTimeout(TimeUnit.SECONDS.toNanos(3));
    receive(RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, FIRST, STATUS_200);
    pass(10_000);
    assertThat(exchange.heard).containsExactly("200", "end");
    assertThat(doubts).isZero();
  }

  @Test
  void eachStreamHasATimeoutOfItsOwn() {
    Exchange first = new Exchange().opened();
    Exchange second = new Exchange().opened();
    first.stream.armTimeout(TimeUnit.SECONDS.toNanos(5));
    second.stream.armTimeout(TimeUnit.SECONDS.toNanos(3));
    pass(3000);
    assertThat(second.heard).containsExactly("response_timeout");
    assertThat(first.heard).isEmpty();
    pass(2000);
    assertThat(first.heard).containsExactly("response_timeout");
  }
}
