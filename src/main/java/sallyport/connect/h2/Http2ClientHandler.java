package sallyport.connect.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
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
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.Leniency;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h2.ConnectionWindow;
import sallyport.http.codec.h2.StreamsHandler;
import sallyport.http.codec.h2.UnindexedFields;
import sallyport.net.Failure;

/**
 * Handler of the frames of one HTTP/2 connection to a backend: it opens streams, and hands them
 * their frames. Its {@link Owner} decides which exchanges use the connection, and for how long.
 *
 * <p>Every call must run on the connection's event loop.
 */
public final class Http2ClientHandler extends StreamsHandler<Http2ClientStream> {
  /** Owner of the connection, which decides on its use. */
  public interface Owner {
    /**
     * Reports the SETTINGS of the backend.
     *
     * @param maxStreams that it takes at a time; null where it does not say
     * @param connectProtocol whether streams can become WebSockets (RFC 8441 section 3)
     */
    void onSettings(@Nullable Long maxStreams, boolean connectProtocol);

    /** Reports the answer to a PING. */
    void onPingAnswered();

    /** Reports that the backend takes no more streams. */
    void onGoAway();

    /** Reports the end of a stream. */
    void onStreamClosed();
  }

  /** How far a backend may send ahead of the client on one stream, in bytes. */
  private static final int STREAM_WINDOW = 256 * 1024;

  /** Without a meaning: any octet is an answer. */
  private static final long PING = 0;

  private final Owner owner;

  /** The stream whose HEADERS are being written, for the time until Netty has made its own. */
  private @Nullable Http2ClientStream opening;

  private Http2ClientHandler(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings,
      Owner owner) {
    super(decoder, encoder, settings);
    this.owner = owner;
    decoder.frameListener(new Frames());
    connection().addListener(new Streams());
  }

  /**
   * Returns the handler of one connection.
   *
   * @param memoryIsShort whether buffers hold as much as they may
   */
  public static Http2ClientHandler create(BooleanSupplier memoryIsShort, Owner owner) {
    return new Builder(memoryIsShort, owner).build();
  }

  /**
   * Allows the backend to send this many octets ahead on all streams together; called once the
   * handler is in its pipeline.
   */
  public void widen(int octets) {
    ConnectionWindow.widen(connection(), octets);
  }

  /**
   * Returns whether the gateway has said that it takes no more: after an error of the connection.
   */
  public boolean goAwaySent() {
    return connection().goAwaySent();
  }

  /**
   * Returns a stream for one exchange, which opens with the head of its request.
   *
   * @param reused whether the connection has carried an exchange before
   * @param maxFields of a response
   * @param lenient the rules that the response may break
   * @param doubts hears that something did not come in time
   */
  public Http2ClientStream newStream(
      boolean reused,
      int maxFields,
      Set<Leniency> lenient,
      Function<Throwable, Failure.Upstream> classifier,
      Runnable doubts) {
    return new Http2ClientStream(this, reused, maxFields, lenient, classifier, doubts);
  }

  /** Sends a PING. */
  public void ping() {
    encoder().writePing(context(), /* ack= */ false, PING, context().newPromise());
    context().flush();
  }

  /** Fails the exchanges of all streams. */
  public void failAll(Failure.Upstream failure) {
    forEachStream(stream -> stream.fail(failure));
  }

  /** Closes the connection without waiting for its streams. */
  public void closeNow() {
    context().close();
  }

  /**
   * Opens a stream by sending its HEADERS.
   *
   * @return null when none can be opened any more
   */
  @Nullable Http2Stream open(Http2ClientStream stream, Http2Headers headers, boolean last) {
    int id = connection().local().incrementAndGetNextStreamId();
    if (id < 0) {
      // All identifiers are used up (RFC 9113 section 5.1.1).
      owner.onGoAway();
      return null;
    }
    opening = stream;
    ChannelFuture written =
        encoder().writeHeaders(context(), id, headers, 0, last, context().newPromise());
    opening = null;
    return written.cause() == null ? connection().stream(id) : null;
  }

  /** Reports the end of an exchange whose stream was never opened. */
  void unopened() {
    owner.onStreamClosed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) throws Exception {
    if (cause instanceof SSLException || cause.getCause() instanceof SSLException) {
      forEachStream(stream -> stream.onException(cause));
    }
    super.exceptionCaught(context, cause);
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext context,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException error) {
    Http2ClientStream stream = object(error.streamId());
    if (stream == null) {
      super.onStreamError(context, outbound, cause, error);
    } else if (!outbound) {
      stream.onStreamError(error);
    }
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext context,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception error) {
    if (!outbound) {
      context.fireExceptionCaught(cause);
    }
    super.onConnectionError(context, outbound, cause, error);
  }

  private final class Frames extends Http2EventAdapter {
    @Override
    public void onHeadersRead(
        ChannelHandlerContext context, int id, Http2Headers headers, int padding, boolean last)
        throws Http2Exception {
      // Push is off: the backend opens no stream.
      Http2ClientStream stream = object(id);
      if (stream == null) {
        throw Http2Exception.streamError(id, Http2Error.PROTOCOL_ERROR, "a stream of the backend");
      }
      stream.onHeaders(headers, last);
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
        boolean last)
        throws Http2Exception {
      onHeadersRead(context, id, headers, padding, last);
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext context, int id, ByteBuf data, int padding, boolean last) {
      Http2ClientStream stream = object(id);
      return stream == null
          ? data.readableBytes() + padding
          : stream.onData(data.retain(), padding, last);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext context, int id, long error) {
      Http2ClientStream stream = object(id);
      if (stream != null) {
        stream.onReset(error);
      }
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings) {
      owner.onSettings(
          settings.maxConcurrentStreams(), Boolean.TRUE.equals(settings.connectProtocolEnabled()));
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext context, long data) {
      owner.onPingAnswered();
    }

    @Override
    public void onGoAwayRead(
        ChannelHandlerContext context, int lastStream, long error, ByteBuf debug) {
      owner.onGoAway();
      forEachStream(stream -> stream.onGoAway(lastStream));
    }
  }

  private final class Streams extends Http2ConnectionAdapter {
    @Override
    public void onStreamAdded(Http2Stream stream) {
      if (opening != null) {
        keep(stream, opening);
      }
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
      Http2ClientStream own = object(stream);
      if (own != null) {
        own.onClosed();
        owner.onStreamClosed();
      }
    }
  }

  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<Http2ClientHandler, Builder> {
    private final Owner owner;

    Builder(BooleanSupplier memoryIsShort, Owner owner) {
      this.owner = owner;
      connection(ConnectionWindow.connection(/* server= */ false, memoryIsShort));
      gracefulShutdownTimeoutMillis(0);
      headerSensitivityDetector(new UnindexedFields());
      initialSettings(
          Http2Settings.defaultSettings()
              .pushEnabled(false)
              .initialWindowSize(STREAM_WINDOW)
              .maxHeaderListSize(HttpLimits.HEADER_OF_BACKENDS));
      // A second check of outgoing fields.
      validateHeaders(true);
      // Set by the handler itself.
      frameListener(new Http2EventAdapter());
    }

    @Override
    protected boolean isServer() {
      return false;
    }

    @Override
    protected Http2ClientHandler build() {
      return super.build();
    }

    @Override
    protected Http2ClientHandler build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      return new Http2ClientHandler(new UnopenedStreams(decoder), encoder, settings, owner);
    }
  }
}
