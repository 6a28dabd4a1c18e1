package sallyport.front;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.util.AsciiString;
import sallyport.config.http.HstsConfig;

/**
 * Handler that sets exactly one Strict-Transport-Security on every final response over TLS, also on
 * those of the gateway. It replaces the backend's (RFC 6797 section 7.1).
 *
 * <p>On the event loop of each connection; sharable.
 */
@Sharable
public final class HstsHandler extends ChannelOutboundHandlerAdapter {
  private static final AsciiString NAME = AsciiString.cached(HstsConfig.FIELD);

  private final AsciiString value;

  HstsHandler(HstsConfig config) {
    this.value = AsciiString.cached(config.headerValue());
  }

  AsciiString value() {
    return value;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse response
        && (response.status().codeClass() != HttpStatusClass.INFORMATIONAL
            || response.status().code() == 101)) {
      response.headers().set(NAME, value);
    }
    ctx.write(message, promise);
  }
}
