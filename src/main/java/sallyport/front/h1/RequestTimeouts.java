package sallyport.front.h1;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.LimitsConfig;
import sallyport.net.ConnectionEvent;
import sallyport.net.Failure;
import sallyport.net.transport.Deadline;

/**
 * Timeouts of a client's requests: from the first byte of a head to its end, between two pieces of
 * a body while the gateway reads it, and between two requests.
 *
 * <p>Stands behind the HTTP codec, with {@link #wire()} in front of the codec for the first byte of
 * a request. Fires {@link Failure.Client#HEADER_TIMEOUT}, {@link Failure.Client#BODY_TIMEOUT} or
 * {@link ConnectionEvent#IDLE} as user events, which the last handler acts on. A connection that
 * retires or drains is idle earlier, but never within a request whose first byte has arrived.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public final class RequestTimeouts extends ChannelDuplexHandler {
  private enum State {
    /** Between requests. */
    IDLE,
    /** A part of a request head is received. */
    HEAD,
    /** The client waits for 100 before it sends the body (RFC 9110 section 10.1.1). */
    EXPECTING,
    /** A part of a request body is awaited. */
    BODY,
    /** The request is complete; the exchange has timeouts of its own. */
    ANSWERING
  }

  private final long headerNanos;
  private final long bodyNanos;
  private long keepAliveNanos;

  private final ChannelFutureListener delivered = written -> onDelivered();

  private State state = State.IDLE;
  private @Nullable Deadline deadline;

  /** Whether the timeout of a body begins at the end of this read: most bodies come in one read. */
  private boolean bodyAwaited;

  /** Whether the time without a request is over, and the socket is looked at for the last time. */
  private boolean lastLook;

  /** For one connection. */
  public RequestTimeouts(LimitsConfig limits) {
    this.headerNanos = limits.headerTimeout().toNanos();
    this.bodyNanos = limits.bodyIdleTimeout().toNanos();
    this.keepAliveNanos = limits.keepAliveTimeout().toNanos();
  }

  /** Returns the handler on the socket's side of the codec, which sees the first byte of a head. */
  public ChannelHandler wire() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        if (state == State.IDLE) {
          enter(State.HEAD, headerNanos);
        }
        ctx.fireChannelRead(bytes);
      }
    };
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    deadline = new Deadline(ctx.executor(), () -> onExpiry(ctx));
    enter(State.IDLE, keepAliveNanos);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (deadline != null) {
      deadline.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    handlerRemoved(ctx);
    ctx.fireChannelInactive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof LastHttpContent) {
      leaveTo(State.ANSWERING);
    } else if (message instanceof HttpRequest request && HttpUtil.is100ContinueExpected(request)) {
      // The client waits for the backend, which has a timeout of its own.
      leaveTo(State.EXPECTING);
    } else if (message instanceof HttpRequest || state == State.BODY || state == State.EXPECTING) {
      state = State.BODY;
      bodyAwaited = true;
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (bodyAwaited) {
      bodyAwaited = false;
      enter(State.BODY, bodyNanos);
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (state == State.EXPECTING && isContinue(message)) {
      enter(State.BODY, bodyNanos);
    }
    if (message instanceof HttpResponse response && !isInterim(response)) {
      // From here on the rest of a body depends on the backend, too.
      leaveTo(State.ANSWERING);
    }
    if (message instanceof LastHttpContent && !isInterim(message)) {
      // The connection is not idle before the client has received the response.
      ctx.write(message, promise.unvoid().addListener(delivered));
    } else {
      ctx.write(message, promise);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    ctx.fireUserEventTriggered(event);
    if (event == ConnectionEvent.RETIRE) {
      endIdleness(ConnectionEvent.LAST_REQUESTS_NANOS);
    } else if (event == ConnectionEvent.DRAIN) {
      endIdleness(0);
    }
  }

  private void endIdleness(long nanos) {
    keepAliveNanos = Math.min(keepAliveNanos, nanos);
    if (state == State.IDLE) {
      enter(State.IDLE, keepAliveNanos);
    }
  }

  private void onDelivered() {
    if (state == State.ANSWERING) {
      enter(State.IDLE, keepAliveNanos);
    }
  }

  private static boolean isContinue(Object message) {
    return message instanceof HttpResponse response && response.status().code() == 100;
  }

  private static boolean isInterim(Object message) {
    return message instanceof HttpResponse response
        && response.status().codeClass() == HttpStatusClass.INFORMATIONAL
        && response.status().code() != 101;
  }

  private void enter(State next, long nanos) {
    state = next;
    lastLook = false;
    if (deadline != null) {
      deadline.arm(nanos);
    }
  }

  /** Enters a state without a timeout. */
  private void leaveTo(State next) {
    state = next;
    bodyAwaited = false;
    if (deadline != null) {
      deadline.clear();
    }
  }

  private void onExpiry(ChannelHandlerContext ctx) {
    switch (state) {
      case IDLE -> {
        if (lastLook || deadline == null) {
          ctx.fireUserEventTriggered(ConnectionEvent.IDLE);
        } else {
          // A loop that is late runs this before it reads a request that came in time. What is
          // scheduled now runs after it has read.
          lastLook = true;
          deadline.arm(0);
        }
      }
      case HEAD -> {
        state = State.ANSWERING;
        ctx.fireUserEventTriggered(Failure.Client.HEADER_TIMEOUT);
      }
      case BODY -> {
        if (ctx.channel().config().isAutoRead()) {
          ctx.fireUserEventTriggered(Failure.Client.BODY_TIMEOUT);
        } else {
          // The gateway has paused the client: the backend is slow, and has a timeout of its own.
          enter(State.BODY, bodyNanos);
        }
      }
      case EXPECTING, ANSWERING -> {}
    }
  }
}
