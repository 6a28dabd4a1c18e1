package sallyport.net;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Close of a connection whose peer may still be sending. Closing a socket with unread data resets
 * it, and the reset can overtake the last write. So this side ends its direction, and discards what
 * the peer sends until the peer closes (RFC 9112 section 9.6).
 *
 * <p>On the event loop of the connection.
 */
public final class LingeringClose {
  private static final int LINGER_SECONDS = 5;

  private LingeringClose() {}

  /**
   * Closes the connection once the last write has ended and the peer has closed, at most five
   * seconds after that write.
   *
   * @param written the last write, which the peer may take slowly
   */
  public static void after(ChannelHandlerContext ctx, ChannelFuture written) {
    ctx.channel().config().setAutoRead(true);
    written.addListener(
        done -> {
          SecureLayer security = SecureLayer.of(ctx.channel());
          if (security != null) {
            security.endOutbound();
          } else if (ctx.channel() instanceof DuplexChannel plain) {
            plain.shutdownOutput();
          }
          Future<?> end =
              ctx.executor().schedule(() -> ctx.close(), LINGER_SECONDS, TimeUnit.SECONDS);
          ctx.channel().closeFuture().addListener(closed -> end.cancel(false));
        });
  }
}
