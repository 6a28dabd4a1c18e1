package sallyport.http.codec.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DecoratingHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameWriter;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Flow control of the data received on an HTTP/2 connection (RFC 9113 section 5.2). A stream whose
 * octets are not handed on is held back by its own window. The connection's window is returned on
 * receipt, so that stalled streams take nothing from the others.
 *
 * <p>While buffers hold as much memory as they may, octets count against the connection's window
 * until they are handed on. A connection then holds no more than its window, however many streams
 * it has, and what has begun can end.
 *
 * <p>Every call must run on the connection's event loop.
 */
public final class ConnectionWindow implements Http2LocalFlowController {
  /** What a connection begins with (RFC 9113 section 6.9.2). */
  private static final int INITIAL = 65_535;

  private static final long RETRY_MILLIS = 100;

  private final Http2Connection connection;
  private final BooleanSupplier memoryIsShort;

  /** Keeps the windows of the streams; that of the connection is kept here. */
  private final DefaultHttp2LocalFlowController streams;

  private @Nullable ChannelHandlerContext ctx;
  private @Nullable Http2FrameWriter writer;

  /** What the peer may send when nothing is held. */
  private int size = INITIAL;

  /** What the peer may send now. */
  private int left = INITIAL;

  private boolean retrying;

  private ConnectionWindow(Http2Connection connection, BooleanSupplier memoryIsShort) {
    this.connection = connection;
    this.memoryIsShort = memoryIsShort;
    this.streams =
        new DefaultHttp2LocalFlowController(
            connection,
            DefaultHttp2LocalFlowController.DEFAULT_WINDOW_UPDATE_RATIO,
            /* autoRefillConnectionWindow= */ true);
  }

  /**
   * Returns a connection with this flow control, for a new codec.
   *
   * @param server whether it is a client's
   * @param memoryIsShort whether buffers hold as much as they may
   */
  public static Http2Connection connection(boolean server, BooleanSupplier memoryIsShort) {
    DefaultHttp2Connection connection = new DefaultHttp2Connection(server);
    connection.local().flowController(new ConnectionWindow(connection, memoryIsShort));
    return connection;
  }

  /**
   * Allows the peer to send this many octets more than the 65,535 of RFC 9113 before it has to wait
   * for the gateway. Call it once, when the codec is in its pipeline.
   */
  public static void widen(Http2Connection connection, int octets) {
    try {
      connection
          .local()
          .flowController()
          .incrementWindowSize(connection.connectionStream(), octets);
    } catch (Http2Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void receiveFlowControlledFrame(
      Http2Stream stream, ByteBuf data, int padding, boolean endOfStream) throws Http2Exception {
    left -= data.readableBytes() + padding;
    if (left < 0) {
      throw new Http2Exception(
          Http2Error.FLOW_CONTROL_ERROR, "more than the connection's window lets through");
    }
    streams.receiveFlowControlledFrame(stream, data, padding, endOfStream);
    refill();
  }

  @Override
  public boolean consumeBytes(Http2Stream stream, int octets) throws Http2Exception {
    boolean updated = streams.consumeBytes(stream, octets);
    return refill() || updated;
  }

  /**
   * Returns what may be returned, once half of it is used up.
   *
   * @return whether a frame was written
   */
  private boolean refill() {
    if (left > size / 2 || ctx == null || writer == null) {
      return false;
    }
    int target = memoryIsShort.getAsBoolean() ? size - held() : size;
    if (target <= left || left > target / 2) {
      retryLater(ctx);
      return false;
    }
    writer.writeWindowUpdate(
        ctx, connection.connectionStream().id(), target - left, ctx.newPromise());
    left = target;
    return true;
  }

  /** Returns the number of octets that were received and not yet handed on. */
  private int held() {
    int[] held = new int[1];
    try {
      connection.forEachActiveStream(
          stream -> {
            held[0] += streams.unconsumedBytes(stream);
            return true;
          });
    } catch (Http2Exception neverThrown) {
      throw new IllegalStateException(neverThrown);
    }
    return held[0];
  }

  /** Schedules another attempt: the release of memory by other connections is no event here. */
  private void retryLater(ChannelHandlerContext context) {
    if (!retrying) {
      retrying = true;
      context
          .executor()
          .schedule(
              () -> {
                retrying = false;
                if (context.channel().isActive() && refill()) {
                  context.flush();
                }
              },
              RETRY_MILLIS,
              TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void incrementWindowSize(Http2Stream stream, int delta) throws Http2Exception {
    if (isConnection(stream)) {
      size += delta;
      refill();
    } else {
      streams.incrementWindowSize(stream, delta);
    }
  }

  @Override
  public int windowSize(Http2Stream stream) {
    return isConnection(stream) ? left : streams.windowSize(stream);
  }

  @Override
  public int initialWindowSize(Http2Stream stream) {
    return isConnection(stream) ? size : streams.initialWindowSize(stream);
  }

  private boolean isConnection(Http2Stream stream) {
    return stream.id() == connection.connectionStream().id();
  }

  @Override
  public void initialWindowSize(int newWindowSize) throws Http2Exception {
    streams.initialWindowSize(newWindowSize);
  }

  @Override
  public int initialWindowSize() {
    return streams.initialWindowSize();
  }

  @Override
  public int unconsumedBytes(Http2Stream stream) {
    return streams.unconsumedBytes(stream);
  }

  @Override
  public Http2LocalFlowController frameWriter(Http2FrameWriter frameWriter) {
    writer = frameWriter;
    streams.frameWriter(new OfStreams(frameWriter));
    return this;
  }

  @Override
  public void channelHandlerContext(ChannelHandlerContext context) {
    ctx = context;
    streams.channelHandlerContext(context);
  }

  /** Flow controller of the streams; {@code ConnectionWindow} controls the connection's window. */
  private static final class OfStreams extends DecoratingHttp2FrameWriter {
    OfStreams(Http2FrameWriter writer) {
      super(writer);
    }

    @Override
    public ChannelFuture writeWindowUpdate(
        ChannelHandlerContext ctx, int stream, int octets, ChannelPromise promise) {
      return stream == 0
          ? promise.setSuccess()
          : super.writeWindowUpdate(ctx, stream, octets, promise);
    }
  }
}
