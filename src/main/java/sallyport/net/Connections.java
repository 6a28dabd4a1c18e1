package sallyport.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.util.AttributeKey;

/**
 * Ways to end a connection.
 *
 * <p>{@link #cut} on any thread, the others on the event loop of the connection.
 */
public final class Connections {
  private static final AttributeKey<Boolean> RESET =
      AttributeKey.valueOf(Connections.class, "reset");

  private Connections() {}

  /**
   * Has {@link #cut} and {@link #truncate} reset a plain connection, whose peer would take a FIN
   * for the end of the data.
   */
  public static void resetWhenCut(Channel connection) {
    connection.attr(RESET).set(Boolean.TRUE);
  }

  /** Closes a connection so that its peer sees a reset, and drops what is not sent yet. */
  public static void reset(Channel connection) {
    resetWhenCut(connection);
    cut(connection);
  }

  private static void prepareCut(Channel connection) {
    if (connection.hasAttr(RESET)) {
      try {
        connection.config().setOption(ChannelOption.SO_LINGER, 0);
      } catch (ChannelException closed) {
        // By its peer, or on its event loop: there is nothing to reset.
      }
    }
  }

  /**
   * Closes a connection below its codecs, which would wait for their streams. The pipeline of a
   * closed connection may be empty.
   */
  public static void cut(Channel connection) {
    prepareCut(connection);
    ChannelHandlerContext first = connection.pipeline().firstContext();
    if (first != null) {
      first.close();
    } else {
      connection.close();
    }
  }

  /**
   * Closes a connection after its last write. If the peer may still be sending, this side ends its
   * direction first (RFC 9112 section 9.6).
   *
   * @param peerIsDone whether everything that the peer sends has arrived
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
   * Closes a connection below TLS, and a plain one. Without close_notify, a body that ends with the
   * connection does not count as complete (RFC 9112 section 9.8).
   */
  public static void truncate(ChannelHandlerContext ctx) {
    SecureLayer security = SecureLayer.of(ctx.channel());
    if (security != null) {
      security.truncate();
    } else {
      prepareCut(ctx.channel());
      ctx.close();
    }
  }
}
