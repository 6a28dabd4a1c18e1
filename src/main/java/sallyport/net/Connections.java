package sallyport.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;

/** Ends connections without a word. */
public final class Connections {
  private Connections() {}

  /** Below the codecs, which would wait for their streams. One that has just closed has none. */
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
