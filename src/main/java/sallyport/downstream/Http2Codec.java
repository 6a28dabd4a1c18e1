package sallyport.downstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.time.Duration;
import sallyport.config.Http2Config;
import sallyport.config.LimitsConfig;

/**
 * Netty's HTTP/2 codec within the listener's limits. The one response that the codec gives by
 * itself (431 for a head that is too large) carries Strict-Transport-Security like every other.
 */
final class Http2Codec extends Http2FrameCodec {
  private final String hsts;

  private Http2Codec(
      Http2ConnectionEncoder encoder,
      Http2ConnectionDecoder decoder,
      Http2Settings settings,
      Builder builder) {
    super(encoder, decoder, settings, builder.decoupled(), builder.flushesPreface());
    this.hsts = builder.hsts;
  }

  @Override
  protected void handleServerHeaderDecodeSizeError(ChannelHandlerContext ctx, Http2Stream stream) {
    encoder()
        .writeHeaders(
            ctx,
            stream.id(),
            new DefaultHttp2Headers()
                .status(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE.codeAsText())
                .add(HstsHandler.NAME, hsts),
            0,
            true,
            ctx.newPromise());
  }

  static final class Builder extends Http2FrameCodecBuilder {
    private final String hsts;

    /**
     * @param drainTimeout how long a closing connection waits for its streams
     */
    Builder(Http2Config http2, LimitsConfig limits, Duration drainTimeout, String hsts) {
      this.hsts = hsts;
      server(true);
      gracefulShutdownTimeoutMillis(drainTimeout.toMillis());
      initialSettings(
          Http2Settings.defaultSettings()
              .maxConcurrentStreams(http2.maxConcurrentStreams())
              .initialWindowSize(http2.initialWindowBytes())
              .maxHeaderListSize(limits.maxHeaderBytes())
              .connectProtocolEnabled(true));
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
      Http2Codec codec = new Http2Codec(encoder, decoder, settings, this);
      codec.gracefulShutdownTimeoutMillis(gracefulShutdownTimeoutMillis());
      return codec;
    }
  }
}
