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
import sallyport.front.h1.Http1Pipeline;
import sallyport.net.transport.Deadline;

/**
 * Handler for HTTP/1 clients that end their direction of TCP after their requests ({@code
 * shutdown(SHUT_WR)}). It closes the connection after the last answer.
 *
 * <p>TCP does not tell such a client from one that has closed its socket. So the connection closes
 * when the answers make no progress within a limit, and at once without a complete request.
 *
 * <p>Its place is between the {@link CloseNotifyGate}, which first passes on what it has held, and
 * the TLS engine. The handlers behind it do not see the end of the input, which decoders take for
 * the end of the connection.
 *
 * <p>On the event loop of the connection.
 */
final class HalfCloseHandler extends ChannelDuplexHandler {
  /** How often it checks for progress within the limit. */
  private static final int CHECKS = 4;

  private final long checkNanos;
  private final Answers answers;

  /** Null until the client has ended its side. */
  private @Nullable Deadline nextCheck;

  /** Whether answers keep the connection open. */
  private boolean owing;

  /** Whether a task is scheduled that ends the connection unless answers are left. */
  private boolean ending;

  private boolean broken;
  private long delivered;
  private int silentChecks;

  /**
   * Creates the handler of one connection.
   *
   * @param limit how long answers may make no progress; above 0
   */
  HalfCloseHandler(Duration limit, Answers answers) {
    this.checkNanos = Math.max(1, limit.toNanos() / CHECKS);
    this.answers = answers;
  }

  /**
   * Adds the handler, so that the connection outlives the end of its input. Does nothing with a
   * limit of 0.
   *
   * @param limit how long answers may make no progress; 0 or more
   */
  static void addTo(ChannelPipeline pipeline, Duration limit, Answers answers) {
    if (limit.isZero() || pipeline.get(CloseNotifyGate.class) == null) {
      return;
    }
    pipeline.addAfter("close-notify", "half-close", new HalfCloseHandler(limit, answers));
    pipeline.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
  }

  /** The same without TLS: the handler is in front of those of HTTP/1.1. */
  static void addFirst(ChannelPipeline pipeline, Duration limit, Answers answers) {
    if (!limit.isZero()) {
      pipeline.addBefore(Http1Pipeline.FIRST, "half-close", new HalfCloseHandler(limit, answers));
      pipeline.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }
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
    nextCheck = new Deadline(ctx.executor(), () -> check(ctx));
    nextCheck.arm(checkNanos);
    if (!answering) {
      answers.end();
    }
  }

  /** Records a reset. Netty reports it first, and then as an end of the input. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    broken = true;
    ctx.fireExceptionCaught(cause);
  }

  private void check(ChannelHandlerContext ctx) {
    long now = answers.deliveredBytes();
    if (now > delivered) {
      delivered = now;
      silentChecks = 0;
    } else if (++silentChecks == CHECKS) {
      ctx.close();
      return;
    }
    if (nextCheck != null) {
      nextCheck.arm(checkNanos);
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
   * Ends the connection in a later task, unless answers are left. Within the write that ends an
   * answer, the next request has yet to begin, and may be incomplete.
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
    if (nextCheck != null) {
      nextCheck.close();
      nextCheck = null;
    }
  }
}
