package sallyport.front.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.BitSet;
import java.util.List;

/**
 * Check of stream identifiers (RFC 9113 sections 5.1 and 5.1.1). Ends the connection of a client
 * that continues a stream it has ended, opens streams out of order, or uses one that clients do not
 * open. A stream whose head was refused cannot be opened again.
 *
 * <p>Netty forgets closed streams and takes these frames for ones that crossed with a reset of the
 * gateway. Frames that did so stay a stream error.
 *
 * <p>Every call must run on the connection's event loop.
 */
final class ClosedStreams extends DecoratingHttp2ConnectionDecoder {
  /** Number of identifiers that are remembered. */
  private static final int SPAN = 256;

  private static final String OUT_OF_ORDER = "a stream out of order";

  private final BitSet opened = new BitSet(SPAN);
  private final BitSet ended = new BitSet(SPAN);

  /** Streams whose head was refused before Netty opened them. */
  private final BitSet refused = new BitSet(SPAN);

  /** Highest stream of the client, counted from 0; -1 before the first. */
  private int newest = -1;

  /** Stream that Netty has opened although it is not the newest; 0 for none. */
  private int late;

  private boolean broken;

  ClosedStreams(Http2ConnectionDecoder decoder) {
    super(decoder);
    decoder
        .connection()
        .addListener(
            new Http2ConnectionAdapter() {
              @Override
              public void onStreamAdded(Http2Stream stream) {
                if (stream.id() >>> 1 <= newest) {
                  // Netty does not know of streams whose head was refused.
                  late = stream.id();
                } else {
                  opened(stream.id());
                }
              }
            });
  }

  @Override
  public void frameListener(Http2FrameListener listener) {
    super.frameListener(new Ends(listener));
  }

  @Override
  public void decodeFrame(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Http2Exception {
    if (broken) {
      in.skipBytes(in.readableBytes());
      return;
    }
    try {
      super.decodeFrame(ctx, in, out);
    } catch (Http2Exception.StreamException e) {
      check(e);
      throw e;
    }
  }

  private void check(Http2Exception.StreamException e) throws Http2Exception {
    int number = e.streamId() >>> 1;
    boolean ofClient = (e.streamId() & 1) == 1;
    if (!ofClient || (number > newest && isUpdate(e))) {
      broken = true;
      throw new Http2Exception(
          Http2Error.PROTOCOL_ERROR, "a frame of a stream that was never opened", e);
    }
    if (number > newest) {
      // Netty has not opened a stream for this head.
      opened(e.streamId());
      refused.set(number % SPAN);
      return;
    }
    if (newest - number >= SPAN) {
      return;
    }
    if (!opened.get(number % SPAN)) {
      broken = true;
      throw new Http2Exception(Http2Error.PROTOCOL_ERROR, OUT_OF_ORDER, e);
    }
    boolean closed =
        e.error() == Http2Error.STREAM_CLOSED
            || String.valueOf(e.getMessage()).contains("received too many headers");
    if (closed && ended.get(number % SPAN)) {
      broken = true;
      throw new Http2Exception(Http2Error.STREAM_CLOSED, "a frame behind the end of a stream", e);
    }
  }

  /**
   * Returns whether the frame is a WINDOW_UPDATE, which must not precede the head (section 5.1).
   */
  private static boolean isUpdate(Http2Exception.StreamException e) {
    return String.valueOf(e.getMessage()).startsWith("Received WINDOW_UPDATE");
  }

  private void opened(int stream) {
    int number = stream >>> 1;
    if (number <= newest) {
      return;
    }
    for (int skipped = Math.max(newest + 1, number - SPAN); skipped <= number; skipped++) {
      opened.clear(skipped % SPAN);
      ended.clear(skipped % SPAN);
      refused.clear(skipped % SPAN);
    }
    newest = number;
    opened.set(number % SPAN);
  }

  private void ended(int stream) {
    int number = stream >>> 1;
    if (newest - number < SPAN) {
      ended.set(number % SPAN);
    }
  }

  private void onHead(int stream, boolean end) throws Http2Exception {
    if (stream == late) {
      late = 0;
      int number = stream >>> 1;
      if (newest - number < SPAN && refused.get(number % SPAN)) {
        throw Http2Exception.streamError(
            stream, Http2Error.STREAM_CLOSED, "a head behind one that was refused");
      }
      broken = true;
      throw new Http2Exception(Http2Error.PROTOCOL_ERROR, OUT_OF_ORDER);
    }
    if (end) {
      ended(stream);
    }
  }

  private final class Ends extends Http2FrameListenerDecorator {
    Ends(Http2FrameListener listener) {
      super(listener);
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int stream, ByteBuf data, int padding, boolean end)
        throws Http2Exception {
      if (end) {
        ended(stream);
      }
      return super.onDataRead(ctx, stream, data, padding, end);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx, int stream, Http2Headers headers, int padding, boolean end)
        throws Http2Exception {
      onHead(stream, end);
      super.onHeadersRead(ctx, stream, headers, padding, end);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int stream,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean end)
        throws Http2Exception {
      onHead(stream, end);
      super.onHeadersRead(ctx, stream, headers, dependency, weight, exclusive, padding, end);
    }
  }
}
