package sallyport.downstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import org.jspecify.annotations.Nullable;
import sallyport.http.ConnectionEvent;
import sallyport.transport.Deadline;

/**
 * An HTTP/2 connection as a whole: closes it, after GOAWAY, when it has had no stream for too long
 * or is to drain. Streams that are open are finished first; the codec sees to that.
 */
final class Http2Connection extends ChannelInboundHandlerAdapter {
  private final long keepAliveNanos;
  private int streams;
  private @Nullable Deadline idle;

  Http2Connection(long keepAliveNanos) {
    this.keepAliveNanos = keepAliveNanos;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    idle = new Deadline(ctx.executor(), () -> ctx.channel().close());
    idle.arm(keepAliveNanos);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (idle != null) {
      idle.close();
      // Streams close after their connection: they must not start it again.
      idle = null;
    }
  }

  /** Counts a stream in, and out again when it closes. */
  void opened(Channel stream) {
    streams++;
    if (idle != null) {
      idle.clear();
    }
    stream.closeFuture().addListener(closed -> closed());
  }

  private void closed() {
    streams--;
    if (streams == 0 && idle != null) {
      idle.arm(keepAliveNanos);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ConnectionEvent.DRAIN) {
      ctx.channel().close();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    handlerRemoved(ctx);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A reset or a broken record. Protocol errors are the codec's, which is about to send GOAWAY.
    if (!(cause instanceof Http2Exception)) {
      ctx.close();
    }
  }
}
