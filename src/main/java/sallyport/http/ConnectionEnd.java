package sallyport.http;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

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
        return;
      }
      // Closing a socket with unread data resets it, and the reset can overtake the response. So
      // say goodbye, and take what the client still sends until it closes (RFC 9112 section 9.6).
      ctx.channel().config().setAutoRead(true);
      written.addListener(
          done -> {
            SslHandler ssl = ctx.pipeline().get(SslHandler.class);
            if (ssl != null) {
              ssl.closeOutbound();
            } else if (ctx.channel() instanceof DuplexChannel plain) {
              plain.shutdownOutput();
            }
            linger(ctx);
          });
    }

    @Override
    public void cut(ChannelHandlerContext ctx) {
      // Closed below TLS: without close_notify not even a body that ends with the connection can
      // pass for whole.
      ChannelHandlerContext ssl = ctx.pipeline().context(SslHandler.class);
      (ssl != null ? ssl : ctx).close();
    }
  };

  private static final int LINGER_SECONDS = 5;

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
  public abstract void cut(ChannelHandlerContext ctx);

  /** From the end of the response, which the client may take slowly. */
  private static void linger(ChannelHandlerContext ctx) {
    Future<?> end = ctx.executor().schedule(() -> ctx.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    ctx.channel().closeFuture().addListener(closed -> end.cancel(false));
  }
}
