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
import sallyport.config.http.Http2Config.Floods;

/**
 * Counts the frames of a connection that cost its client nothing and us something, and ends it when
 * there are too many of a kind in one window of time (RFC 9113 section 10.5). A frame costs one
 * addition; the clock is read once a window.
 */
final class FloodGuard extends DecoratingHttp2ConnectionDecoder {
  private final Count resets;
  private final Count control;
  private final Count empty;

  /** To PINGs of the gateway, that are still to come. */
  private int answers;

  FloodGuard(Http2ConnectionDecoder decoder, Floods limits) {
    super(decoder);
    long window = limits.window().toNanos();
    resets = new Count("reset_flood", limits.resets(), window);
    control = new Count("control_flood", limits.controlFrames(), window);
    empty = new Count("empty_frame_flood", limits.emptyFrames(), window);
  }

  @Override
  public void frameListener(Http2FrameListener listener) {
    super.frameListener(new Counting(listener));
  }

  /** The gateway is about to send a PING: one answer to it is no flood. */
  void expectAnswer() {
    answers++;
  }

  /** The gateway had to reset a stream for what the client did: as good as a reset of its own. */
  void streamError() throws Http2Exception {
    resets.add();
  }

  /** A limit was reached; the message is the reason for metrics and audit. */
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
    private long windowStart;
    private int seen;

    Count(String reason, int limit, long windowNanos) {
      this.reason = reason;
      this.limit = limit;
      this.windowNanos = windowNanos;
    }

    void add() throws Http2Exception {
      seen++;
      if (seen == 1) {
        windowStart = System.nanoTime();
      } else if (seen > limit) {
        if (System.nanoTime() - windowStart < windowNanos) {
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
