package sallyport.connect;

import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Settings;
import java.util.function.BooleanSupplier;
import sallyport.http.codec.ConnectionWindow;
import sallyport.http.codec.HttpLimits;

/** Netty's HTTP/2 codec for a connection to a backend. */
final class BackendCodec extends Http2FrameCodecBuilder {
  /** How far a backend may send ahead of the client on one stream, in bytes. */
  private static final int STREAM_WINDOW = 256 * 1024;

  private BackendCodec(BooleanSupplier memoryIsShort) {
    connection(ConnectionWindow.connection(/* server= */ false, memoryIsShort));
    gracefulShutdownTimeoutMillis(0);
    initialSettings(
        Http2Settings.defaultSettings()
            .pushEnabled(false)
            .initialWindowSize(STREAM_WINDOW)
            .maxHeaderListSize(HttpLimits.HEADER_OF_BACKENDS));
    // Nothing that goes out was left unchecked.
    validateHeaders(true);
  }

  /**
   * For one connection.
   *
   * @param memoryIsShort whether buffers hold as much as they may
   */
  static Http2FrameCodec create(BooleanSupplier memoryIsShort) {
    return new BackendCodec(memoryIsShort).build();
  }

  @Override
  public boolean isServer() {
    return false;
  }

  @Override
  protected Http2FrameCodec build(
      Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
    return super.build(new UnopenedStreams(decoder), encoder, settings);
  }
}
