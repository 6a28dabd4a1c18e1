package sallyport.redirect;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Handler in front of {@link RedirectHandler} that holds a request for a challenge, and all behind
 * it, until it is known whether another replica has promised the answer.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public final class ChallengeHold extends ChannelInboundHandlerAdapter {
  /** What one read can bring; a client that sends more ahead is cut. */
  private static final int MAX_HELD = 1000;

  private final RedirectGate gate;
  private final Deque<Object> held = new ArrayDeque<>();

  /** Look that the first of the held waits for; null for none. */
  private @Nullable CompletionStage<Void> look;

  /** For one connection. */
  public ChallengeHold(Redirection redirection) {
    this.gate = redirection.gate;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (look == null && !holds(ctx, message)) {
      ctx.fireChannelRead(message);
      return;
    }
    held.add(message);
    if (held.size() > MAX_HELD) {
      ctx.close();
    }
  }

  /** Begins a look, where a message needs one. */
  private boolean holds(ChannelHandlerContext ctx, Object message) {
    look = message instanceof HttpRequest request ? gate.look(request) : null;
    if (look == null) {
      return false;
    }
    ctx.channel().config().setAutoRead(false);
    look.whenComplete((ended, failed) -> ctx.executor().execute(() -> goOn(ctx)));
    return true;
  }

  private void goOn(ChannelHandlerContext ctx) {
    look = null;
    if (ctx.isRemoved()) {
      return;
    }
    Object message = held.poll();
    while (message != null) {
      ctx.fireChannelRead(message);
      message = held.peek();
      if (message != null && holds(ctx, message)) {
        break;
      }
      held.poll();
    }
    ctx.fireChannelReadComplete();
    if (look == null && ctx.channel().isWritable()) {
      ctx.channel().config().setAutoRead(true);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
  }
}
