package sallyport.front.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Settings;
import java.util.function.LongSupplier;
import sallyport.config.http.Http2Config.Floods;

/**
 * Limit on frames that cost a client little and the gateway more (RFC 9113 section 10.5). Ends a
 * connection with too many of one kind in a window of time. A frame costs one addition; the clock
 * is read once for each window.
 *
 * <p>Every call must run on the connection's event loop.
 */
final class FloodGuard extends DecoratingHttp2ConnectionDecoder {
  private final Count resets;
  private final Count control;
  private final Count empty;

  /** Number of PINGs of the gateway without an answer yet. */
  private int answers;

  /**
   * @param nanoTime a clock such as {@link System#nanoTime()}
   */
  FloodGuard(Http2ConnectionDecoder decoder, Floods limits, LongSupplier nanoTime) {
    super(decoder);
    long window = limits.window().toNanos();
    resets = new Count("reset_flood", limits.resets(), window, nanoTime);
    control = new Count("control_flood", limits.controlFrames(), window, nanoTime);
    empty = new Count("empty_frame_flood", limits.emptyFrames(), window, nanoTime);
  }

  @Override
  public void frameListener(Http2FrameListener listener) {
    super.frameListener(new Counting(listener));
  }

  /** Exempts the answer to a PING that the gateway is about to send. */
  void expectAnswer() {
    answers++;
  }

  /** Counts a stream that the gateway resets for an error of the client, like a client's reset. */
  void streamError() throws Http2Exception {
    resets.add();
  }

  /** Error of a reached limit; the message is the reason for metrics and audit. */
  static final class Flood extends Http2Exception {
    private static final long serialVersionUID = 1;

    Flood(String reason) {
      super(Http2Error.ENHANCE_YOUR_CALM, reason);
    }
  }

  private static final class Count {
    private final String reason;
    private final int limit;
    private final long windowNanos;
    private final LongSupplier nanoTime;
    private long windowStart;
    private int seen;

    Count(String reason, int limit, long windowNanos, LongSupplier nanoTime) {
      this.reason = reason;
      this.limit = limit;
      this.windowNanos = windowNanos;
      this.nanoTime = nanoTime;
    }

    void add() throws Http2Exception {
      seen++;
      if (seen == 1) {
        windowStart = nanoTime.getAsLong();
      } else if (seen > limit) {
        if (nanoTime.getAsLong() - windowStart < windowNanos) {
          throw new Flood(reason);
        }
        seen = 0;
      }
    }
  }

  private final class Counting extends Http2FrameListenerDecorator {
    Counting(Http2FrameListener listener) {
      super(listener);
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int stream, ByteBuf data, int padding, boolean end)
        throws Http2Exception {
      if (!end && !data.isReadable()) {
        empty.add();
      }
      return super.onDataRead(ctx, stream, data, padding, end);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int stream, long error)
        throws Http2Exception {
      resets.add();
      super.onRstStreamRead(ctx, stream, error);
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings)
        throws Http2Exception {
      control.add();
      super.onSettingsRead(ctx, settings);
    }

    @Override
    public void onSettingsAckRead(ChannelHandlerContext ctx) throws Http2Exception {
      control.add();
      super.onSettingsAckRead(ctx);
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
      control.add();
      super.onPingRead(ctx, data);
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
      if (answers > 0) {
        answers--;
      } else {
        control.add();
      }
      super.onPingAckRead(ctx, data);
    }

    @Override
    public void onPriorityRead(
        ChannelHandlerContext ctx, int stream, int dependency, short weight, boolean exclusive)
        throws Http2Exception {
      control.add();
      super.onPriorityRead(ctx, stream, dependency, weight, exclusive);
    }

    @Override
    public void onUnknownFrame(
        ChannelHandlerContext ctx, byte type, int stream, Http2Flags flags, ByteBuf payload)
        throws Http2Exception {
      control.add();
      super.onUnknownFrame(ctx, type, stream, flags, payload);
    }
  }
}
