package sallyport.http;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.ssl.SslHandler;
import sallyport.net.LingeringClose;

/** How a response ends what carries it: an HTTP/1 connection, or an HTTP/2 stream. */
public enum ConnectionEnd {
  /** The connection ends with the response, or lives on for the next request. */
  HTTP1 {
    @Override
    public boolean persistent() {
      return true;
    }

    @Override
    public void endAfter(ChannelHandlerContext ctx, ChannelFuture written, boolean requestEnded) {
      if (requestEnded) {
        written.addListener(ChannelFutureListener.CLOSE);
      } else {
        LingeringClose.after(ctx, written);
      }
    }

    @Override
    public void cut(ChannelHandlerContext ctx, boolean malformed) {
      // Closed below TLS: without close_notify not even a body that ends with the connection can
      // pass for whole.
      ChannelHandlerContext ssl = ctx.pipeline().context(SslHandler.class);
      (ssl != null ? ssl : ctx).close();
    }
  },

  /** The stream ends with the response; the connection has others. */
  HTTP2 {
    @Override
    public boolean persistent() {
      return false;
    }

    @Override
    public void endAfter(ChannelHandlerContext ctx, ChannelFuture written, boolean requestEnded) {
      if (!requestEnded) {
        // Once the response is whole, the rest of the request is not needed (RFC 9113 section 8.1).
        // Not before: a reset overtakes a body that waits for flow control, and so for a flush.
        written.addListener(
            done -> ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR)));
      }
    }

    @Override
    public void cut(ChannelHandlerContext ctx, boolean malformed) {
      ctx.writeAndFlush(
          new DefaultHttp2ResetFrame(
              malformed ? Http2Error.PROTOCOL_ERROR : Http2Error.INTERNAL_ERROR));
    }
  };

  /** Whether this is a stream. */
  public boolean isHttp2() {
    return this == HTTP2;
  }

  /** Whether further requests may follow on the same channel. */
  public abstract boolean persistent();

  /** Ends the channel once the response is written. */
  public abstract void endAfter(
      ChannelHandlerContext ctx, ChannelFuture written, boolean requestEnded);

  /**
   * Ends the channel so that the client sees that the response is not whole.
   *
   * @param malformed whether the client's own message is to blame (RFC 9113 section 8.1.1)
   */
  public abstract void cut(ChannelHandlerContext ctx, boolean malformed);
}
