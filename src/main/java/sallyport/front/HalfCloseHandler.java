package sallyport.front;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sallyport.front.h1.Answers;
import sallyport.net.transport.Deadline;

/**
 * Answers an HTTP/1 client that has ended its side of TCP behind its requests ({@code
 * shutdown(SHUT_WR)}), and closes after the last answer.
 *
 * <p>TCP does not tell such a client from one that has closed its socket. So a client is given up
 * when its answers make no progress within a limit, and at once where it has no whole request.
 *
 * <p>Stands between the {@link CloseNotifyGate}, which hands on first what it has held, and the TLS
 * engine. The handlers behind it do not see the end of the input, which decoders take for the end
 * of the connection.
 */
final class HalfCloseHandler extends ChannelDuplexHandler {
  /** How often it looks for progress within the limit. */
  private static final int LOOKS = 4;

  private final long lookNanos;
  private final Answers answers;

  /** Null until the client has ended its side. */
  private @Nullable Deadline nextLook;

  /** Whether there are answers that the connection stays open for. */
  private boolean owing;

  /** Whether it is about to see whether there are any left. */
  private boolean ending;

  private boolean broken;
  private long delivered;
  private int silentLooks;

  /**
   * For one connection.
   *
   * @param limit how long answers may be without progress; above 0
   */
  HalfCloseHandler(Duration limit, Answers answers) {
    this.lookNanos = Math.max(1, limit.toNanos() / LOOKS);
    this.answers = answers;
  }

  /**
   * Has the connection outlive the end of its input from now on; with a limit of 0 it does not.
   *
   * @param limit how long answers may be without progress
   */
  static void addTo(ChannelPipeline pipeline, Duration limit, Answers answers) {
    if (limit.isZero() || pipeline.get(CloseNotifyGate.class) == null) {
      return;
    }
    pipeline.addAfter("close-notify", "half-close", new HalfCloseHandler(limit, answers));
    pipeline.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ChannelInputShutdownEvent ended -> onEndOfInput(ctx);
      case ChannelInputShutdownReadComplete again -> {}
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  private void onEndOfInput(ChannelHandlerContext ctx) {
    boolean answering = answers.isAnswering();
    if (broken || !(answering || answers.isDelivering())) {
      ctx.close();
      return;
    }
    owing = answering;
    delivered = answers.deliveredBytes();
    nextLook = new Deadline(ctx.executor(), () -> look(ctx));
    nextLook.arm(lookNanos);
    if (!answering) {
      answers.end();
    }
  }

  /** A reset is reported before the end of the input that Netty takes it for, too. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    broken = true;
    ctx.fireExceptionCaught(cause);
  }

  private void look(ChannelHandlerContext ctx) {
    long now = answers.deliveredBytes();
    if (now > delivered) {
      delivered = now;
      silentLooks = 0;
    } else if (++silentLooks == LOOKS) {
      ctx.close();
      return;
    }
    if (nextLook != null) {
      nextLook.arm(lookNanos);
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    ctx.flush();
    endLater(ctx);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    ctx.fireChannelWritabilityChanged();
    endLater(ctx);
  }

  /**
   * Not within the write that ends an answer. The next request, of which it is not known yet
   * whether it is whole, has yet to begin.
   */
  private void endLater(ChannelHandlerContext ctx) {
    if (owing && !ending) {
      ending = true;
      ctx.executor().execute(this::endUnlessAnswering);
    }
  }

  private void endUnlessAnswering() {
    ending = false;
    if (owing && !answers.isAnswering()) {
      owing = false;
      answers.end();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    handlerRemoved(ctx);
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    owing = false;
    if (nextLook != null) {
      nextLook.close();
      nextLook = null;
    }
  }
}
