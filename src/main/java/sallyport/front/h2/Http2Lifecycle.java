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
 * An HTTP/2 connection as a whole: closes it, after GOAWAY, when it has had no stream for too long
 * or is to drain, and cuts it when it has streams and its client is gone. Streams that are open are
 * finished first; the codec sees to that.
 *
 * <p>One that is to retire says so twice (RFC 9113 section 6.8): first without refusing any stream,
 * since some may be on their way, then with the last one that it takes. It closes after its last
 * stream, however long that lives.
 */
public final class Http2Lifecycle extends ChannelInboundHandlerAdapter
    implements Http2ServerHandler.Listener {
  /**
   * Bytes that may wait for the client's socket before nothing more is read. Bodies stop at the
   * channel's water mark, far below; heads and control frames are not flow-controlled (RFC 9113
   * section 5.2.1), so that a client that asks and never reads would fill the memory with them.
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

  /** Runs while nothing is read because the client does not read; null when it never has. */
  private @Nullable Deadline patience;

  /** Bytes that waited for the client's socket when its patience began. */
  private long backlogMark;

  /**
   * @param frames the handler in front of it
   * @param keepAliveNanos how long it may have no stream
   * @param backlogNanos how long its client may take nothing of what waits for it
   * @param lost hears when the client is gone
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
    keepAlive = new KeepAlive(ctx.executor(), pings, new Asked(ctx));
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (idle != null) {
      idle.close();
      // Streams close after their connection: they must not start it again.
      idle = null;
    }
    if (patience != null) {
      patience.close();
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
      if (patience == null) {
        patience = new Deadline(ctx.executor(), () -> onPatienceEnd(ctx.channel()));
      }
      awaitProgress(ctx.channel(), patience);
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

  private void onPatienceEnd(Channel channel) {
    if (patience != null && backlog(channel) < backlogMark) {
      awaitProgress(channel, patience);
    } else {
      Connections.cut(channel);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable() && patience != null) {
      patience.clear();
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

  /** Takes no more streams; the last one to end takes the connection with it. */
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
    // A reset or a broken record. Protocol errors are the codec's, which is about to send GOAWAY.
    if (!(cause instanceof Http2Exception)) {
      ctx.close();
    }
  }

  /** The client, as one that may be gone. */
  private final class Asked implements KeepAlive.Connection {
    private final ChannelHandlerContext ctx;

    Asked(ChannelHandlerContext ctx) {
      this.ctx = ctx;
    }

    @Override
    public boolean hasBacklog() {
      // It may be slow: its least rate and the socket's own timeout judge that.
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
