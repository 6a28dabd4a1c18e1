package sallyport.http.codec.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DecoratingHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whose octets count against the window of a connection, by its frames and a standing clock. */
class ConnectionWindowTest {
  private static final int INITIAL = 65_535;
  private static final int PIECE = 16_000;

  private final ChannelInboundHandlerAdapter codec = new ChannelInboundHandlerAdapter();
  private final EmbeddedChannel channel = new EmbeddedChannel(codec);
  private boolean memoryIsShort;
  private int granted = INITIAL;
  private int received;
  private final Http2Connection connection =
      ConnectionWindow.connection(/* server= */ true, () -> memoryIsShort);
  private final Http2LocalFlowController window = connection.local().flowController();

  @BeforeEach
  void install() throws Http2Exception {
    channel.freezeTime();
    window.frameWriter(
        new DecoratingHttp2FrameWriter(new DefaultHttp2FrameWriter()) {
          @Override
          public ChannelFuture writeWindowUpdate(
              ChannelHandlerContext ctx, int stream, int octets, ChannelPromise promise) {
            granted += stream == 0 ? octets : 0;
            return promise.setSuccess();
          }
        });
    window.channelHandlerContext(channel.pipeline().context(codec));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private Http2Stream stream(int id) throws Http2Exception {
    return connection.remote().createStream(id, false);
  }

  private void receive(Http2Stream stream, int octets) throws Http2Exception {
    ByteBuf data = Unpooled.buffer(octets).writeZero(octets);
    received += octets;
    window.receiveFlowControlledFrame(stream, data, 0, false);
    data.release();
  }

  private int left() {
    return granted - received;
  }

  /** Fills the connection's window with what nobody takes. */
  private Http2Stream stall() throws Http2Exception {
    Http2Stream last = stream(1);
    for (int id = 1; left() > 0; id += 2) {
      last = id == 1 ? last : stream(id);
      receive(last, Math.min(left(), PIECE));
    }
    return last;
  }

  @Test
  void streamsThatStandStillTakeNothingFromOthers() throws Http2Exception {
    for (int id = 1; id < 200; id += 2) {
      Http2Stream stream = stream(id);
      for (int i = 0; i < 4; i++) {
        receive(stream, PIECE);
        assertThat(left()).isGreaterThanOrEqualTo(INITIAL / 2);
      }
    }
  }

  @Test
  void aWiderWindowIsGrantedAtOnce() {
    ConnectionWindow.widen(connection, 1_000_000);
    assertThat(granted).isEqualTo(INITIAL + 1_000_000);
    assertThat(window.initialWindowSize(connection.connectionStream())).isEqualTo(granted);
    assertThat(window.windowSize(connection.connectionStream())).isEqualTo(granted);
  }

  @Test
  void whatIsNotHandedOnCountsWhileMemoryIsShort() throws Http2Exception {
    memoryIsShort = true;
    Http2Stream last = stall();
    assertThat(granted).isEqualTo(INITIAL);
    // What has begun can end: what is handed on is granted again.
    window.consumeBytes(last, window.unconsumedBytes(last));
    Http2Stream first = connection.stream(1);
    window.consumeBytes(first, PIECE);
    assertThat(left()).isEqualTo(INITIAL - heldByAll());
  }

  @Test
  void aStreamThatEndsGivesBackWhatItHeldWhileMemoryIsShort() throws Http2Exception {
    memoryIsShort = true;
    stall();
    connection.stream(1).close();
    connection.stream(3).close();
    channel.advanceTimeBy(100, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
    assertThat(left()).isEqualTo(INITIAL - heldByAll()).isPositive();
  }

  @Test
  void theWindowIsReturnedOnceThereIsMemoryAgain() throws Http2Exception {
    memoryIsShort = true;
    stall();
    channel.advanceTimeBy(100, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
    assertThat(granted).isEqualTo(INITIAL);
    memoryIsShort = false;
    channel.advanceTimeBy(100, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
    assertThat(left()).isEqualTo(INITIAL);
  }

  @Test
  void moreThanWasGrantedIsAnErrorOfTheConnection() throws Http2Exception {
    memoryIsShort = true;
    Http2Stream last = stall();
    assertThatThrownBy(() -> receive(last, 1))
        .isInstanceOf(Http2Exception.class)
        .isNotInstanceOf(Http2Exception.StreamException.class)
        .satisfies(
            error ->
                assertThat(((Http2Exception) error).error())
                    .isEqualTo(Http2Error.FLOW_CONTROL_ERROR));
  }

  @Test
  void aStreamIsStillHeldBackByItsOwnWindow() throws Http2Exception {
    Http2Stream one = stream(1);
    for (int i = 0; i < 4; i++) {
      receive(one, PIECE);
    }
    assertThatThrownBy(() -> receive(one, PIECE))
        .isInstanceOf(Http2Exception.StreamException.class);
  }

  private int heldByAll() throws Http2Exception {
    int[] held = new int[1];
    connection.forEachActiveStream(
        stream -> {
          held[0] += window.unconsumedBytes(stream);
          return true;
        });
    return held[0];
  }
}
