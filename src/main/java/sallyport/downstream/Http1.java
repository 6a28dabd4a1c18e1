package sallyport.downstream;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import sallyport.config.LimitsConfig;

/** How HTTP/1 is read in front. */
final class Http1 {
  /** A body is passed on in pieces of at most this many bytes. */
  private static final int MAX_CONTENT_PIECE = 64 * 1024;

  private Http1() {}

  /** A strict decoder within the listener's limits, and the encoder. */
  static HttpServerCodec codec(LimitsConfig limits) {
    return new HttpServerCodec(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(limits.maxRequestLine())
            .setMaxHeaderSize(limits.maxHeaderBytes())
            .setMaxChunkSize(MAX_CONTENT_PIECE)
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true));
  }
}
