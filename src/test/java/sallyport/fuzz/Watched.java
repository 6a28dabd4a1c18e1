package sallyport.fuzz;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.function.Consumer;
import sallyport.front.h1.Http1ServerConnection;

/**
 * Stands in the pipeline for the real proxy handler, to which it hands everything on: what that one
 * throws would otherwise end in its own {@code exceptionCaught}, as a closed connection.
 */
final class Watched extends ChannelInboundHandlerAdapter {
  private final Http1ServerConnection proxy;
  private final Consumer<Throwable> faults;

  Watched(Http1ServerConnection proxy, Consumer<Throwable> faults) {
    this.proxy = proxy;
    this.faults = faults;
  }

  private void watch(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error fault) {
      faults.accept(fault);
      throw fault;
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    proxy.handlerAdded(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    watch(() -> proxy.channelRead(ctx, message));
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    watch(() -> proxy.channelReadComplete(ctx));
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    watch(() -> proxy.channelWritabilityChanged(ctx));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    watch(() -> proxy.userEventTriggered(ctx, event));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    watch(() -> proxy.channelInactive(ctx));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    proxy.exceptionCaught(ctx, cause);
  }
}
