package sallyport.front.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.Http2Config;
import sallyport.config.listener.LimitsConfig;
import sallyport.http.codec.h2.ConnectionWindow;
import sallyport.http.codec.h2.StreamsHandler;
import sallyport.http.codec.h2.UnindexedFields;
import sallyport.net.Failure;

/**
 * Frames of a client's HTTP/2 connection, within the listener's limits: gives frames to the
 * streams, and ends the connection of a client that breaks the rules.
 *
 * <p>Every call must run on the connection's event loop.
 */
public final class Http2ServerHandler extends StreamsHandler<Http2ServerStream> {
  /** Flow-control window of all streams together, in bytes. */
  private static final int CONNECTION_WINDOW = 1024 * 1024;

  /** Content of a PING, which is not checked: any frame proves that the client is there. */
  private static final long PING = 0;

  /** Listener for errors of the client. */
  public interface Reports {
    /** Called when the connection ends, with one of a bounded set of reasons. */
    void aborted(String reason);

    /** Called when a stream is reset. */
    void streamError(Failure.Client failure);
  }

  /** Maker of stream objects. */
  public interface StreamFactory {
    /** Returns the object of a stream that the client has opened. */
    Http2ServerStream newStream(Http2ServerHandler connection, Http2Stream stream);
  }

  /** Listener for events of the connection as a whole. */
  interface Listener {
    void onStreamOpened();

    void onStreamClosed();

    void onPingAnswered();
  }

  private static final String HEADER_FLOOD = "header_flood";

  private final FloodGuard floods;
  private final Reports reports;
  private final StreamFactory factory;

  /** Streams whose response was written since the last flush. */
  private final List<Http2ServerStream> written = new ArrayList<>();

  private @Nullable Listener listener;
  private boolean aborted;

  private Http2ServerHandler(
      Http2ConnectionEncoder encoder, FloodGuard decoder, Http2Settings settings, Builder builder) {
    super(decoder, encoder, settings);
    this.floods = decoder;
    this.reports = builder.reports;
    this.factory = builder.factory;
    decoder.frameListener(new Frames());
    connection().addListener(new Streams());
  }

  /**
   * Returns the handler of one connection.
   *
   * @param drainTimeout how long a closing connection waits for its streams
   * @param memoryIsShort whether buffers are at their limit
   * @param reports called for errors of the client
   * @param factory makes the object of each stream
   */
  public static Http2ServerHandler create(
      Http2Config http2,
      LimitsConfig limits,
      Duration drainTimeout,
      BooleanSupplier memoryIsShort,
      Reports reports,
      StreamFactory factory) {
    return new Builder(http2, limits, drainTimeout, memoryIsShort, reports, factory).build();
  }

  /**
   * Widens the connection's window from the 64 KiB of RFC 9113; call once it is in its pipeline.
   */
  public void widen() {
    ConnectionWindow.widen(connection(), CONNECTION_WINDOW);
  }

  void listener(Listener lifecycle) {
    listener = lifecycle;
  }

  /** Sends a PING, whose answer does not count towards a flood. */
  void ping() {
    floods.expectAnswer();
    encoder().writePing(context(), /* ack= */ false, PING, context().newPromise());
    context().flush();
  }

  /**
   * Announces the end of the connection (RFC 9113 section 6.8).
   *
   * @param lastStream the last stream that is accepted; {@link Integer#MAX_VALUE} to refuse none
   */
  void goAway(int lastStream) {
    goAway(
        context(),
        lastStream,
        Http2Error.NO_ERROR.code(),
        Unpooled.EMPTY_BUFFER,
        context().newPromise());
    context().flush();
  }

  /** Returns the last stream that the client has opened. */
  int lastStream() {
    return connection().remote().lastStreamCreated();
  }

  /** Tells WebSockets that the gateway stops. */
  void endWebSockets() {
    forEachStream(Http2ServerStream::goAway);
  }

  /** Calls {@link Http2ServerStream#onFlushed} after the next flush. */
  void awaitFlush(Http2ServerStream stream) {
    written.add(stream);
    flushLater();
  }

  /** Returns whether there are streams, and the requests of all of them are complete. */
  public boolean isAnswering() {
    if (connection().numActiveStreams() == 0) {
      return false;
    }
    try {
      return connection()
              .forEachActiveStream(
                  stream ->
                      stream.state() == Http2Stream.State.HALF_CLOSED_REMOTE
                          || stream.state() == Http2Stream.State.CLOSED)
          == null;
    } catch (Http2Exception neverThrown) {
      throw new IllegalStateException(neverThrown);
    }
  }

  // ---- events of the connection

  @Override
  public void flush(ChannelHandlerContext context) {
    super.flush(context);
    for (int i = 0; i < written.size(); i++) {
      written.get(i).onFlushed();
    }
    written.clear();
  }

  @Override
  public void onError(ChannelHandlerContext context, boolean outbound, Throwable cause) {
    Throwable seen = cause;
    if (!outbound && cause instanceof Http2Exception.StreamException error) {
      boolean answered = isHeadTooLarge(error);
      try {
        floods.streamError();
      } catch (Http2Exception flood) {
        seen = flood;
        answered = false;
      }
      if (!answered) {
        reports.streamError(failure(error));
      }
    }
    super.onError(context, outbound, seen);
  }

  /**
   * Returns the failure for an error of a stream. Netty tells rules apart by its messages alone.
   */
  private static Failure.Client failure(Http2Exception.StreamException error) {
    if (error instanceof Http2Exception.HeaderListSizeException) {
      return Failure.Client.HEADER_TOO_LARGE;
    }
    String message = String.valueOf(error.getMessage());
    if (message.startsWith("Received amount of data")) {
      return Failure.Client.CONTENT_LENGTH_MISMATCH;
    }
    if (error.getCause() != null && message.startsWith("Multiple content-length headers")) {
      return String.valueOf(error.getCause().getMessage()).startsWith("Multiple")
          ? Failure.Client.MULTIPLE_CONTENT_LENGTH
          : Failure.Client.BAD_CONTENT_LENGTH;
    }
    return Failure.Client.STREAM_ERROR;
  }

  /**
   * Returns whether the head of a new request is too large, as opposed to trailers or a response.
   */
  private boolean isHeadTooLarge(Http2Exception.StreamException error) {
    return error instanceof Http2Exception.HeaderListSizeException head
        && head.duringDecode()
        && object(error.streamId()) == null;
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext context,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException error) {
    Http2ServerStream stream = object(error.streamId());
    if (stream != null) {
      if (!outbound) {
        stream.onStreamError(error.error(), failure(error));
      }
    } else if (!outbound && isHeadTooLarge(error)) {
      refuseHead(context, error);
    } else {
      super.onStreamError(context, outbound, cause, error);
    }
  }

  /**
   * Refuses a request whose head is too large. Netty has not opened its stream, which the answer
   * needs. The stream is open in both directions, since a body may follow the head.
   */
  private void refuseHead(ChannelHandlerContext context, Http2Exception.StreamException error) {
    int id = error.streamId();
    try {
      Http2Stream stream = connection().remote().createStream(id, /* halfClosed= */ false);
      Http2ServerStream object = factory.newStream(this, stream);
      keep(stream, object);
      object.refuse(Failure.Client.HEADER_TOO_LARGE);
    } catch (Http2Exception notOpened) {
      // Too many streams, or an identifier that was used before.
      reports.streamError(Failure.Client.HEADER_TOO_LARGE);
      resetStream(context, id, error.error().code(), context.newPromise());
    }
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext context,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception error) {
    if (outbound || error == null) {
      if (!outbound) {
        context.fireExceptionCaught(cause);
      }
      super.onConnectionError(context, outbound, cause, error);
      return;
    }
    Http2Exception sent = error;
    String reason = reason(error);
    if (reason.equals(HEADER_FLOOD)) {
      // Netty's code is PROTOCOL_ERROR, but the head breaks a limit and no rule.
      sent = new Http2Exception(Http2Error.ENHANCE_YOUR_CALM, reason);
    }
    if (!aborted) {
      aborted = true;
      reports.aborted(reason);
    }
    context.fireExceptionCaught(sent);
    super.onConnectionError(context, false, sent, sent);
  }

  private static String reason(Http2Exception error) {
    if (error instanceof FloodGuard.Flood flood) {
      return String.valueOf(flood.getMessage());
    }
    String message = String.valueOf(error.getMessage());
    if (message.startsWith("Header size exceeded")) {
      return HEADER_FLOOD;
    }
    if (message.contains("continuations frames")) {
      return "continuation_flood";
    }
    return error.error().name().toLowerCase(Locale.ROOT);
  }

  private final class Frames extends Http2EventAdapter {
    @Override
    public void onHeadersRead(
        ChannelHandlerContext context, int id, Http2Headers headers, int padding, boolean last) {
      Http2Stream stream = connection().stream(id);
      if (stream == null) {
        return;
      }
      Http2ServerStream object = object(stream);
      if (object == null) {
        object = factory.newStream(Http2ServerHandler.this, stream);
        keep(stream, object);
      }
      object.onHeaders(headers, last);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext context,
        int id,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean last) {
      onHeadersRead(context, id, headers, padding, last);
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext context, int id, ByteBuf data, int padding, boolean last) {
      Http2ServerStream stream = object(id);
      return stream == null
          ? data.readableBytes() + padding
          : stream.onData(data.retain(), padding, last);
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext context, long data) {
      if (listener != null) {
        listener.onPingAnswered();
      }
    }
  }

  private final class Streams extends Http2ConnectionAdapter {
    @Override
    public void onStreamActive(Http2Stream stream) {
      if (listener != null) {
        listener.onStreamOpened();
      }
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
      Http2ServerStream object = object(stream);
      if (object != null) {
        object.onClosed();
      }
      if (listener != null) {
        listener.onStreamClosed();
      }
    }
  }

  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<Http2ServerHandler, Builder> {
    private final Http2Config.Floods floods;
    private final Reports reports;
    private final StreamFactory factory;

    Builder(
        Http2Config http2,
        LimitsConfig limits,
        Duration drainTimeout,
        BooleanSupplier memoryIsShort,
        Reports reports,
        StreamFactory factory) {
      this.floods = http2.floods();
      this.reports = reports;
      this.factory = factory;
      connection(ConnectionWindow.connection(/* server= */ true, memoryIsShort));
      gracefulShutdownTimeoutMillis(drainTimeout.toMillis());
      // FloodGuard counts these, by the listener's own limits.
      decoderEnforceMaxRstFramesPerWindow(0, 1);
      decoderEnforceMaxConsecutiveEmptyDataFrames(0);
      headerSensitivityDetector(new UnindexedFields());
      initialSettings(
          Http2Settings.defaultSettings()
              .maxConcurrentStreams(http2.maxConcurrentStreams())
              .initialWindowSize(http2.initialWindowBytes())
              .maxHeaderListSize(limits.maxHeaderBytes())
              .connectProtocolEnabled(true));
      // The handler sets its own.
      frameListener(new Http2EventAdapter());
    }

    @Override
    protected Http2ServerHandler build() {
      return super.build();
    }

    @Override
    protected Http2ServerHandler build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      FloodGuard guarded = new FloodGuard(new ClosedStreams(decoder), floods, System::nanoTime);
      return new Http2ServerHandler(encoder, guarded, settings, this);
    }
  }
}
