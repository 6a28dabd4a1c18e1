package sallyport.tls.engine;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * Handler in front of the TLS engine that holds back the engine's answer to the peer's close_notify
 * until the end of the data for that peer is known.
 *
 * <p>Netty's engine answers close_notify with its own at once, and can write nothing after it (RFC
 * 5246 section 7.2.1). That answer would tell the peer that it has everything, although the other
 * side of a relay may have more.
 *
 * <p>Belongs to the event loop of its connection.
 */
public final class CloseReplyGate extends ChannelOutboundHandlerAdapter {
  private final SSLEngine engine;

  /** Records that the engine has made since; session tickets may be before its close_notify. */
  private final List<Object> held = new ArrayList<>(1);

  private @Nullable ChannelPromise last;
  private @Nullable ChannelHandlerContext context;
  private boolean open;

  private CloseReplyGate(SSLEngine engine) {
    this.engine = engine;
  }

  /**
   * Adds one to a pipeline, or returns the one that it has.
   *
   * @return null for a plain connection, whose pipeline stays as it is
   */
  public static @Nullable CloseReplyGate addTo(ChannelPipeline pipeline) {
    CloseReplyGate known = pipeline.get(CloseReplyGate.class);
    SslHandler ssl = pipeline.get(SslHandler.class);
    if (known != null || ssl == null) {
      return known;
    }
    CloseReplyGate gate = new CloseReplyGate(ssl.engine());
    pipeline.addBefore(pipeline.context(ssl).name(), "close-reply", gate);
    return gate;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise written) {
    if (open || !engine.isInboundDone()) {
      ctx.write(message, written);
      return;
    }
    held.add(message);
    if (last != null) {
      // The engine waits for none of them.
      last.trySuccess();
    }
    last = written.unvoid();
  }

  /** Returns whether the peer's close_notify has been read, or nothing can be read any more. */
  public boolean isPeerDone() {
    return engine.isInboundDone();
  }

  /**
   * Sends what is held, and holds nothing from now on.
   *
   * @return done when it is sent; null when nothing is held
   */
  public @Nullable ChannelFuture release() {
    open = true;
    ChannelHandlerContext ctx = context;
    ChannelPromise written = last;
    if (ctx == null || written == null) {
      return null;
    }
    last = null;
    Object end = held.removeLast();
    held.forEach(ctx::write);
    held.clear();
    return ctx.writeAndFlush(end, written);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
    if (last != null) {
      last.tryFailure(new ClosedChannelException());
      last = null;
    }
  }
}
