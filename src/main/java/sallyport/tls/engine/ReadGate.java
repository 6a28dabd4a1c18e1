package sallyport.tls.engine;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;

/**
 * Handler that holds back what a peer sends until the peer is accepted. It holds no more than what
 * had been read already, since it turns reading off.
 *
 * <p>Belongs to the event loop of its connection.
 */
public final class ReadGate extends ChannelInboundHandlerAdapter {
  private final List<Object> held = new ArrayList<>();

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(false);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    held.add(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    // It is told of when there is something to read.
  }

  /** Passes on what was held, and removes this. Must run on the event loop. */
  public void release(ChannelHandlerContext ctx) {
    List<Object> messages = List.copyOf(held);
    held.clear();
    ctx.channel().config().setAutoRead(true);
    messages.forEach(ctx::fireChannelRead);
    if (!messages.isEmpty()) {
      ctx.fireChannelReadComplete();
    }
    if (!ctx.isRemoved()) {
      ctx.pipeline().remove(this);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
  }
}
