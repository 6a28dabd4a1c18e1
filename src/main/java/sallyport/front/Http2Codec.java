package sallyport.front;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.Http2Config;
import sallyport.config.LimitsConfig;
import sallyport.http.HttpDate;
import sallyport.http.codec.ConnectionWindow;
import sallyport.net.Failure;

/**
 * Netty's HTTP/2 codec within the listener's limits. The one response that the codec gives by
 * itself (431 for a head that is too large) carries Strict-Transport-Security like every other.
 */
final class Http2Codec extends Http2FrameCodec {
  /** What a client may send on all streams together until the gateway has received it, in bytes. */
  private static final int CONNECTION_WINDOW = 1024 * 1024;

  /** Hears what the client of a connection did wrong. */
  interface Reports {
    /** The connection is ended; the reason is bounded. */
    void aborted(String reason);

    /** A stream is reset. */
    void streamError(Failure.Client failure);
  }

  private static final String HEADER_FLOOD = "header_flood";

  private final String hsts;
  private final FloodGuard floods;
  private final Reports reports;
  private boolean aborted;

  private Http2Codec(
      Http2ConnectionEncoder encoder, FloodGuard decoder, Http2Settings settings, Builder builder) {
    super(encoder, decoder, settings, builder.decoupled(), builder.flushesPreface());
    this.hsts = builder.hsts;
    this.floods = decoder;
    this.reports = builder.reports;
  }

  /** Lets a connection send more ahead than the 64 KiB of RFC 9113; call once it is set up. */
  void widen() {
    ConnectionWindow.widen(connection(), CONNECTION_WINDOW);
  }

  /** The gateway is about to send a PING. */
  void expectAnswer() {
    floods.expectAnswer();
  }

  @Override
  protected void handleServerHeaderDecodeSizeError(ChannelHandlerContext ctx, Http2Stream stream) {
    encoder()
        .writeHeaders(
            ctx,
            stream.id(),
            new DefaultHttp2Headers()
                .status(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE.codeAsText())
                .add(HttpHeaderNames.DATE, HttpDate.now())
                .add(HstsHandler.NAME, hsts),
            0,
            true,
            ctx.newPromise());
  }

  @Override
  public void onError(ChannelHandlerContext ctx, boolean outbound, Throwable cause) {
    Throwable seen = cause;
    if (!outbound && cause instanceof Http2Exception.StreamException) {
      reports.streamError(
          cause instanceof Http2Exception.HeaderListSizeException
              ? Failure.Client.HEADER_TOO_LARGE
              : Failure.Client.STREAM_ERROR);
      try {
        floods.streamError();
      } catch (Http2Exception flood) {
        seen = flood;
      }
    }
    super.onError(ctx, outbound, seen);
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception error) {
    if (outbound || error == null) {
      super.onConnectionError(ctx, outbound, cause, error);
      return;
    }
    Http2Exception told = error;
    String reason = reason(error);
    if (reason.equals(HEADER_FLOOD)) {
      // Netty calls it a protocol error; but it is sound, only far too much.
      told = new Http2Exception(Http2Error.ENHANCE_YOUR_CALM, reason);
    }
    if (!aborted) {
      aborted = true;
      reports.aborted(reason);
    }
    super.onConnectionError(ctx, false, told, told);
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

  static final class Builder extends Http2FrameCodecBuilder {
    private final String hsts;
    private final Http2Config.Floods floods;
    private final Reports reports;

    /**
     * @param drainTimeout how long a closing connection waits for its streams
     * @param memoryIsShort whether buffers hold as much as they may
     * @param reports hears what the client did wrong
     */
    Builder(
        Http2Config http2,
        LimitsConfig limits,
        Duration drainTimeout,
        String hsts,
        BooleanSupplier memoryIsShort,
        Reports reports) {
      this.hsts = hsts;
      this.floods = http2.floods();
      this.reports = reports;
      connection(ConnectionWindow.connection(/* server= */ true, memoryIsShort));
      gracefulShutdownTimeoutMillis(drainTimeout.toMillis());
      // FloodGuard counts these, by the listener's own limits.
      decoderEnforceMaxRstFramesPerWindow(0, 1);
      decoderEnforceMaxConsecutiveEmptyDataFrames(0);
      initialSettings(
          Http2Settings.defaultSettings()
              .maxConcurrentStreams(http2.maxConcurrentStreams())
              .initialWindowSize(http2.initialWindowBytes())
              .maxHeaderListSize(limits.maxHeaderBytes())
              .connectProtocolEnabled(true));
    }

    Http2Codec create() {
      return (Http2Codec) build();
    }

    private boolean decoupled() {
      return decoupleCloseAndGoAway();
    }

    private boolean flushesPreface() {
      return flushPreface();
    }

    @Override
    protected Http2FrameCodec build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      FloodGuard guarded = new FloodGuard(new ClosedStreams(decoder), floods);
      Http2Codec codec = new Http2Codec(encoder, guarded, settings, this);
      codec.gracefulShutdownTimeoutMillis(gracefulShutdownTimeoutMillis());
      return codec;
    }
  }
}
