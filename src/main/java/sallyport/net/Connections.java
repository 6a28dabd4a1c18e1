package sallyport.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;

/**
 * Ends of connections: after the last write, at once, and without close_notify. Any thread may call
 * {@link #cut}; all others run on the event loop of the connection.
 */
public final class Connections {
  private Connections() {}

  /**
   * Closes below the codecs, which would wait for their streams. A closed connection has no codecs.
   */
  public static void cut(Channel connection) {
    ChannelHandlerContext first = connection.pipeline().firstContext();
    if (first != null) {
      first.close();
    } else {
      connection.close();
    }
  }

  /**
   * Closes a connection after its last write. Where the peer may still be sending, this side ends
   * its direction first (RFC 9112 section 9.6).
   *
   * @param peerIsDone whether all that the peer sends has come in
   */
  public static void closeAfter(
      ChannelHandlerContext ctx, ChannelFuture written, boolean peerIsDone) {
    if (peerIsDone) {
      written.addListener(ChannelFutureListener.CLOSE);
    } else {
      LingeringClose.after(ctx, written);
    }
  }

  /**
   * Closes a connection below TLS: without close_notify not even a body that ends with the
   * connection can pass for whole.
   */
  public static void truncate(ChannelHandlerContext ctx) {
    SecureLayer security = SecureLayer.of(ctx.channel());
    if (security != null) {
      security.truncate();
    } else {
      ctx.close();
    }
  }
}
