package sallyport.front.h2;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.PingsConfig;
import sallyport.net.ConnectionEvent;
import sallyport.net.Connections;
import sallyport.net.transport.Deadline;
import sallyport.net.transport.KeepAlive;

/**
 * Lifetime of an HTTP/2 connection. Closes it after GOAWAY if it drains or has had no stream for
 * too long; the codec completes open streams first. Cuts it if it has streams and the client is
 * gone.
 *
 * <p>A connection that retires sends GOAWAY twice (RFC 9113 section 6.8): first without refusing
 * any stream, since some may be on their way, then with the last stream that it accepts. It closes
 * after its last stream, without a time limit.
 *
 * <p>Every call must run on the connection's event loop.
 */
public final class Http2Lifecycle extends ChannelInboundHandlerAdapter
    implements Http2ServerHandler.Listener {
  /**
   * Bytes that may wait for the client's socket before reading pauses. Bodies stop at the channel's
   * water mark, far below. Heads and control frames have no flow control (RFC 9113 section 5.2.1):
   * a client that sends requests and never reads would fill the memory with them.
   */
  private static final long MAX_BACKLOG = 1024 * 1024;

  private final Http2ServerHandler frames;
  private final long keepAliveNanos;
  private final long backlogNanos;
  private final PingsConfig pings;
  private final Runnable lost;
  private @Nullable Deadline idle;
  private int streams;
  private boolean retiring;
  private boolean refusing;
  private @Nullable KeepAlive keepAlive;

  /** Runs while reading pauses for the backlog; null before the first pause. */
  private @Nullable Deadline backlogTimeout;

  /** Bytes that waited for the client's socket when the timeout began. */
  private long backlogMark;

  /**
   * @param frames the handler in front of this one
   * @param keepAliveNanos the maximum time without a stream
   * @param backlogNanos the maximum time in which the client takes nothing of a backlog
   * @param lost called once the client does not answer
   */
  public Http2Lifecycle(
      Http2ServerHandler frames,
      long keepAliveNanos,
      long backlogNanos,
      PingsConfig pings,
      Runnable lost) {
    this.frames = frames;
    this.keepAliveNanos = keepAliveNanos;
    this.backlogNanos = backlogNanos;
    this.pings = pings;
    this.lost = lost;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    idle = new Deadline(ctx.executor(), () -> ctx.channel().close());
    idle.arm(keepAliveNanos);
    frames.listener(this);
    keepAlive = new KeepAlive(ctx.executor(), pings, new PingedClient(ctx));
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (idle != null) {
      idle.close();
      // Streams close after their connection and must not arm the deadline again.
      idle = null;
    }
    if (backlogTimeout != null) {
      backlogTimeout.close();
    }
    if (keepAlive != null) {
      keepAlive.close();
      keepAlive = null;
    }
  }

  @Override
  public void onPingAnswered() {
    if (keepAlive != null) {
      keepAlive.answered();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (keepAlive != null) {
      keepAlive.heard();
    }
    if (backlog(ctx.channel()) > MAX_BACKLOG && ctx.channel().config().isAutoRead()) {
      ctx.channel().config().setAutoRead(false);
      if (backlogTimeout == null) {
        backlogTimeout = new Deadline(ctx.executor(), () -> onBacklogTimeout(ctx.channel()));
      }
      awaitProgress(ctx.channel(), backlogTimeout);
    }
    ctx.fireChannelReadComplete();
  }

  private static long backlog(Channel channel) {
    return channel.config().getWriteBufferLowWaterMark() + channel.bytesBeforeWritable();
  }

  private void awaitProgress(Channel channel, Deadline deadline) {
    backlogMark = backlog(channel);
    deadline.arm(backlogNanos);
  }

  private void onBacklogTimeout(Channel channel) {
    if (backlogTimeout != null && backlog(channel) < backlogMark) {
      awaitProgress(channel, backlogTimeout);
    } else {
      Connections.cut(channel);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable() && backlogTimeout != null) {
      backlogTimeout.clear();
      ctx.channel().config().setAutoRead(true);
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void onStreamOpened() {
    streams++;
    if (idle != null) {
      idle.clear();
    }
    if (keepAlive != null && streams == 1) {
      keepAlive.watch();
    }
  }

  @Override
  public void onStreamClosed() {
    streams--;
    if (streams == 0 && keepAlive != null) {
      keepAlive.unwatch();
    }
    if (streams == 0 && idle != null) {
      idle.arm(refusing ? 0 : keepAliveNanos);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ConnectionEvent.DRAIN -> {
        if (retiring) {
          refuse(ctx);
        }
        frames.endWebSockets();
        ctx.channel().close();
      }
      case ConnectionEvent.RETIRE -> retire(ctx);
      // The client has ended TLS, and the engine has done the same: nothing more can be written.
      case SslCloseCompletionEvent closed -> Connections.cut(ctx.channel());
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  private void retire(ChannelHandlerContext ctx) {
    if (!retiring) {
      retiring = true;
      frames.goAway(Integer.MAX_VALUE);
      ctx.executor()
          .schedule(() -> refuse(ctx), ConnectionEvent.LAST_REQUESTS_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  /** Refuses further streams; the connection closes with the last one. */
  private void refuse(ChannelHandlerContext ctx) {
    if (!refusing && ctx.channel().isActive()) {
      refusing = true;
      frames.goAway(frames.lastStream());
      if (streams == 0) {
        ctx.channel().close();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    handlerRemoved(ctx);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A reset or a broken TLS record. For protocol errors the codec sends GOAWAY.
    if (!(cause instanceof Http2Exception)) {
      ctx.close();
    }
  }

  /** Client that gets PINGs, since it may be gone. */
  private final class PingedClient implements KeepAlive.Connection {
    private final ChannelHandlerContext ctx;

    PingedClient(ChannelHandlerContext ctx) {
      this.ctx = ctx;
    }

    @Override
    public boolean hasBacklog() {
      // A slow client is a case of the minimum rate and of the socket's own timeout.
      ChannelOutboundBuffer backlog = ctx.channel().unsafe().outboundBuffer();
      return backlog != null && backlog.totalPendingWriteBytes() > 0;
    }

    @Override
    public void ping() {
      frames.ping();
    }

    @Override
    public void lost() {
      lost.run();
      Connections.cut(ctx.channel());
    }
  }
}
