package sallyport.http.codec.h2;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sallyport.net.transport.StreamTimers;
import sallyport.net.transport.TurnFlush;

/**
 * HTTP/2 connection whose streams are plain objects, on either side of the gateway: keeps the
 * object of each stream, and has one flush, one scheduled task and one end of a read for all.
 *
 * <p>Every call must run on the connection's event loop.
 *
 * @param <S> the object of a stream
 */
public abstract class StreamsHandler<S extends StreamsHandler.StreamObject>
    extends Http2ConnectionHandler {
  /** One stream of the connection. */
  public abstract static class StreamObject {
    /** Whether the stream got a frame in this read. */
    private boolean touched;

    /** Called at the end of a read in which the stream got frames. */
    protected abstract void onReadComplete();

    /** Called when the connection is writable again. */
    protected abstract void checkWritable();
  }

  private final Http2Connection.PropertyKey streamKey;

  /** Streams that got a frame in this read. */
  private final List<S> touched = new ArrayList<>();

  private @Nullable ChannelHandlerContext ctx;
  private @Nullable StreamTimers timers;
  private @Nullable TurnFlush turn;

  /** For one connection, with the parts that Netty's builder makes. */
  protected StreamsHandler(
      Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
    super(decoder, encoder, settings);
    this.streamKey = encoder.connection().newKey();
  }

  /** Returns the handler's place in its pipeline. */
  public final ChannelHandlerContext context() {
    return Objects.requireNonNull(ctx);
  }

  /** Returns the timeouts of this connection's streams. */
  public final StreamTimers timers() {
    return Objects.requireNonNull(timers);
  }

  /** Sends what streams have written, once in this turn of the event loop. */
  public final void flushLater() {
    turn().request();
  }

  /**
   * Resets a stream. What waits for its window is dropped: nothing may follow a reset (RFC 9113
   * section 5.1).
   */
  public final void reset(Http2Stream stream, Http2Error error) {
    resetStream(context(), stream.id(), error.code(), context().newPromise());
    if (encoder().flowController().hasFlowControlled(stream)) {
      stream.close();
    }
    flushLater();
  }

  /** Calls {@link StreamObject#onReadComplete} once at the end of this read. */
  public final void touch(S stream) {
    StreamObject object = stream;
    if (!object.touched) {
      object.touched = true;
      touched.add(stream);
    }
  }

  private TurnFlush turn() {
    return Objects.requireNonNull(turn);
  }

  /** Gives a stream of Netty its object. */
  protected final void keep(Http2Stream stream, S object) {
    stream.setProperty(streamKey, object);
  }

  /** Returns the object of a stream; null where it has none. */
  protected final @Nullable S object(Http2Stream stream) {
    return stream.getProperty(streamKey);
  }

  /** Returns the object of the stream with this identifier; null where there is none. */
  protected final @Nullable S object(int id) {
    Http2Stream stream = connection().stream(id);
    return stream == null ? null : object(stream);
  }

  /** Calls the action for every stream; the action may close streams. */
  protected final void forEachStream(Consumer<S> action) {
    List<S> streams = new ArrayList<>();
    try {
      connection()
          .forEachActiveStream(
              stream -> {
                S object = object(stream);
                if (object != null) {
                  streams.add(object);
                }
                return true;
              });
    } catch (Http2Exception neverThrown) {
      throw new IllegalStateException(neverThrown);
    }
    streams.forEach(action);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) throws Exception {
    ctx = context;
    timers = new StreamTimers(context.executor());
    turn = new TurnFlush(context.executor(), () -> flush(context));
    super.handlerAdded(context);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    turn().beginRead();
    super.channelRead(context, message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) throws Exception {
    for (int i = 0; i < touched.size(); i++) {
      StreamObject object = touched.get(i);
      object.touched = false;
      object.onReadComplete();
    }
    touched.clear();
    turn().endRead();
    super.channelReadComplete(context);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
    super.channelWritabilityChanged(context);
    if (context.channel().isWritable()) {
      forEachStream(stream -> stream.checkWritable());
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    super.channelInactive(context);
    timers().close();
  }
}
