package sallyport.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import sallyport.net.ConnectionEvent;
import sallyport.net.Connections;
import sallyport.net.SecureLayer;
import sallyport.net.transport.Deadline;
import sallyport.tls.engine.CloseReplyGate;

/**
 * Relay of bytes between two connections on one event loop. It copies nothing. It reads from a side
 * as long as the other one takes what was read.
 *
 * <p>Ends are kept apart: the end of one side's data (close_notify, or FIN without TLS) is told to
 * the other side, which may go on. An end without close_notify is a truncation (RFC 8446 section
 * 6.1), and the other side sees a truncation too; a reset becomes a reset. A side under TLS that
 * has ended its data takes no more, since the engine answers close_notify; if the other side sends
 * more, both see a truncation.
 *
 * <p>Every call must run on the event loop of both.
 */
final class StreamRelay {
  /** Listener to the end, called once, when both connections have closed. */
  interface Listener {
    /**
     * @param failure what the backend's connection failed with; null for none
     */
    void onEnd(StreamEnd end, @Nullable Throwable failure);
  }

  /** Bytes that wait for a flush before one is made within a read. */
  private static final int FLUSH_BYTES = 64 * 1024;

  /** How long a side may take to close after all data has reached its socket. */
  private static final long LINGER_SECONDS = 5;

  private final Side client;
  private final Side backend;
  private final Listener listener;
  private final StreamSession session;
  private final long idleNanos;
  private final Deadline idle;
  private final EventLoop loop;

  /** What ended the stream first; null while it is open. */
  private @Nullable StreamEnd end;

  private @Nullable Throwable failure;

  /** Whether both sides are closing, so that nothing is forwarded any more. */
  private boolean over;

  private boolean draining;
  private int closed;

  /**
   * @param idleNanos how long neither side may send anything; above 0
   * @param received takes the number of bytes that were read from the client
   * @param sent takes the number of bytes that were read from the backend
   */
  StreamRelay(
      Channel client,
      Channel backend,
      long idleNanos,
      StreamSession session,
      LongConsumer received,
      LongConsumer sent,
      Listener listener) {
    this.loop = client.eventLoop();
    this.client =
        new Side(
            client,
            received,
            session::fromClient,
            StreamEnd.CLIENT_CLOSED,
            StreamEnd.CLIENT_ABORTED);
    this.backend =
        new Side(
            backend,
            sent,
            session::fromBackend,
            StreamEnd.BACKEND_CLOSED,
            StreamEnd.BACKEND_ABORTED);
    this.listener = listener;
    this.session = session;
    this.idleNanos = idleNanos;
    this.idle = new Deadline(loop, this::onIdle);
  }

  /**
   * Begins. The handlers take the places behind all others of both pipelines.
   *
   * @param first what was read from the client before, which is released
   * @param clientEnded whether the client has announced the end of its data
   */
  void start(List<Object> first, boolean clientEnded) {
    idle.arm(idleNanos);
    backend.install();
    client.install();
    first.forEach(client::read);
    client.readComplete();
    if (clientEnded) {
      client.onEnd();
    }
    // A client that has closed meanwhile is heard of here, after its bytes.
    client.watch();
    backend.watch();
    client.channel.config().setAutoRead(true);
    backend.channel.config().setAutoRead(true);
  }

  /** Records that the gateway stops, and cuts what is left later. */
  void drain() {
    draining = true;
    endBetweenMessages();
  }

  /** Ends a stream that a drain waits for, where its protocol has nothing half said. */
  private void endBetweenMessages() {
    if (!draining || over || !session.isBetweenMessages()) {
      return;
    }
    end(StreamEnd.DRAINED);
    client.say(session.farewellToClient());
    backend.say(session.farewellToBackend());
    over = true;
    client.closeAfterPeer();
    backend.closeAfterPeer();
  }

  private void onIdle() {
    end(StreamEnd.IDLE);
    cut();
  }

  private void end(StreamEnd how) {
    if (end == null) {
      end = draining && how == StreamEnd.CLIENT_ABORTED ? StreamEnd.DRAINED : how;
    }
  }

  /** Closes both at once, so that both see a truncation. */
  private void cut() {
    over = true;
    client.truncate();
    backend.truncate();
  }

  private void finish() {
    over = true;
    client.close();
    backend.close();
  }

  private void onClosed() {
    if (++closed == 2) {
      idle.close();
      listener.onEnd(Objects.requireNonNull(end), failure);
    }
  }

  private Side other(Side side) {
    return side == client ? backend : client;
  }

  /** One of both connections: what is read from it goes to the other one. */
  private final class Side extends ChannelInboundHandlerAdapter {
    private final Channel channel;
    private final LongConsumer count;
    private final Consumer<ByteBuf> passing;
    private final StreamEnd closedFirst;
    private final StreamEnd aborted;
    private final boolean secure;
    private @Nullable CloseReplyGate reply;

    /** The last write to this side; null before the first. */
    private @Nullable ChannelFuture written;

    private int unflushed;
    private long uncounted;

    /** Whether all data of this side has been read. */
    private boolean ended;

    /** Whether it closes once its peer has closed. */
    private boolean lingering;

    Side(
        Channel channel,
        LongConsumer count,
        Consumer<ByteBuf> passing,
        StreamEnd closedFirst,
        StreamEnd aborted) {
      this.channel = channel;
      this.count = count;
      this.passing = passing;
      this.closedFirst = closedFirst;
      this.aborted = aborted;
      this.secure = SecureLayer.of(channel) != null;
    }

    void install() {
      if (!channel.isActive()) {
        return;
      }
      reply = CloseReplyGate.addTo(channel.pipeline());
      // A peer that has announced the end of its data may still wait for the other end.
      channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      channel.pipeline().addLast("relay", this);
    }

    void watch() {
      channel.closeFuture().addListener(done -> soon());
    }

    /** Acts on the close after the error that led to it, which Netty reports behind the close. */
    private void soon() {
      if (loop.isShuttingDown()) {
        onClose();
      } else {
        loop.execute(this::onClose);
      }
    }

    private void onClose() {
      onGone();
      onClosed();
    }

    /** Whether anything can be sent to this side. */
    private boolean takes() {
      return channel.isActive() && !(secure && ended);
    }

    // ---- data

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      read(message);
    }

    private void read(Object message) {
      Side to = other(this);
      if (over || !(message instanceof ByteBuf bytes)) {
        ReferenceCountUtil.release(message);
        return;
      }
      if (!to.takes()) {
        bytes.release();
        end(to.closedFirst);
        cut();
        return;
      }
      int length = bytes.readableBytes();
      uncounted += length;
      passing.accept(bytes);
      to.written = to.channel.write(bytes);
      to.unflushed += length;
      if (to.unflushed >= FLUSH_BYTES) {
        to.flush();
        pauseUnlessWritable(to);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      readComplete();
      endIfDone();
    }

    /**
     * Ends the data of this side if close_notify was read. Once this side was told the end of the
     * other one's data, Netty reports a close too early, and once.
     */
    private void endIfDone() {
      if (reply != null && reply.isPeerDone()) {
        onEnd();
      }
    }

    private void readComplete() {
      if (uncounted > 0) {
        idle.arm(idleNanos);
        count.accept(uncounted);
        uncounted = 0;
      }
      Side to = other(this);
      to.flush();
      if (!over) {
        pauseUnlessWritable(to);
        endBetweenMessages();
      }
    }

    /** Writes last words, which {@link #finish} sends. */
    private void say(@Nullable ByteBuf lastWords) {
      if (lastWords == null) {
        return;
      }
      if (takes()) {
        unflushed += lastWords.readableBytes();
        written = channel.write(lastWords);
      } else {
        lastWords.release();
      }
    }

    private void flush() {
      if (unflushed > 0) {
        unflushed = 0;
        channel.flush();
      }
    }

    private void pauseUnlessWritable(Side to) {
      if (!to.channel.isWritable()) {
        channel.config().setAutoRead(false);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (channel.isWritable()) {
        other(this).channel.config().setAutoRead(true);
      }
    }

    // ---- ends

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      switch (event) {
        case SslCloseCompletionEvent close -> endIfDone();
        case ChannelInputShutdownEvent fin -> onEndOfInput();
        case ChannelInputShutdownReadComplete again -> {}
        case ConnectionEvent.DRAIN -> drain();
        case ConnectionEvent later -> {}
        default -> ctx.fireUserEventTriggered(event);
      }
    }

    /** FIN: the end of the data, or without close_notify a truncation. */
    private void onEndOfInput() {
      if (!secure) {
        onEnd();
      } else if (!ended) {
        onGone();
        Connections.cut(channel);
      }
    }

    /** The side has announced the end of its data. */
    private void onEnd() {
      if (lingering) {
        channel.close();
      }
      if (over || ended) {
        return;
      }
      readComplete();
      ended = true;
      end(closedFirst);
      Side to = other(this);
      if (to.ended) {
        finish();
        return;
      }
      to.endOutput();
      if (secure) {
        to.afterWritten(this::closeLater);
      }
    }

    /** Tells this side the end of the other one's data. */
    private void endOutput() {
      flush();
      SecureLayer security = SecureLayer.of(channel);
      if (security != null) {
        security.endOutbound();
      } else if (channel instanceof DuplexChannel plain) {
        afterWritten(plain::shutdownOutput);
      }
    }

    /** Gives the other side time to end its data too. */
    private void closeLater() {
      loop.schedule(
          () -> {
            if (!over && channel.isActive()) {
              cut();
            }
          },
          LINGER_SECONDS,
          TimeUnit.SECONDS);
    }

    /** Runs it when everything that was sent to this side has reached its socket. */
    private void afterWritten(Runnable next) {
      if (written == null) {
        next.run();
      } else {
        written.addListener(done -> next.run());
      }
    }

    private void onGone() {
      flushHeld();
      Side to = other(this);
      if (over) {
        return;
      }
      if (to.ended) {
        // It had nothing to wait for.
        end(to.closedFirst);
        finish();
      } else if (ended) {
        over = true;
        to.afterWritten(() -> to.closeSoon());
      } else {
        end(aborted);
        over = true;
        to.flush();
        to.afterWritten(to::truncate);
      }
    }

    private void flushHeld() {
      if (uncounted > 0) {
        readComplete();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (this == backend && failure == null) {
        failure = cause;
      }
      boolean reset = cause instanceof IOException && !(cause instanceof SSLException);
      if (!over) {
        end(aborted);
        over = true;
        Side to = other(this);
        to.flush();
        to.afterWritten(reset ? () -> Connections.reset(to.channel) : to::truncate);
      }
      Connections.cut(channel);
    }

    // ---- close

    /** Closes it after its last bytes, and has the peer know that these are the last. */
    private void close() {
      flush();
      ChannelFuture replied = reply == null ? null : reply.release();
      if (replied != null) {
        replied.addListener(ChannelFutureListener.CLOSE);
      } else {
        afterWritten(() -> channel.close());
      }
    }

    /**
     * Ends the data for the peer, and closes once the peer has closed. What the peer has sent
     * meanwhile is discarded, not left unread: a reset of the socket could overtake the last
     * answer.
     */
    private void closeAfterPeer() {
      if (ended) {
        close();
        return;
      }
      lingering = true;
      endOutput();
      afterWritten(this::closeSoon);
    }

    /** Closes it once its peer has closed, or after a time. */
    private void closeSoon() {
      channel.config().setAutoRead(true);
      loop.schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    }

    private void truncate() {
      SecureLayer security = SecureLayer.of(channel);
      if (security != null) {
        security.truncate();
      } else {
        // FIN would be the end of the data.
        Connections.reset(channel);
      }
    }
  }
}
