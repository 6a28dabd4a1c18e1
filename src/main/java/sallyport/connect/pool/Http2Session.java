package sallyport.connect.pool;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.PingsConfig;
import sallyport.connect.h2.Http2ClientHandler;
import sallyport.net.Connections;
import sallyport.net.Failure;
import sallyport.net.transport.Deadline;
import sallyport.net.transport.KeepAlive;

/**
 * HTTP/2 connection to an endpoint, and the last handler of its pipeline. It carries as many
 * exchanges at a time as the backend permits, each on a stream of its own, and closes when it has
 * had none for the pool's idle timeout, or when the backend is gone ({@link KeepAlive}). It is
 * usable once the backend's settings are known and permit a stream.
 *
 * <p>Every call must run on the connection's event loop.
 */
public final class Http2Session extends ChannelInboundHandlerAdapter
    implements Http2ClientHandler.Owner {
  /**
   * What a backend may send on all streams together until the gateway has received it, in bytes.
   */
  private static final int CONNECTION_WINDOW = 4 * 1024 * 1024;

  /** What a backend that sets no limit gets at once. */
  static final long MAX_STREAMS = 1000;

  /** Listener that is called once. */
  public interface Listener {
    /** Reports that the backend's settings are known. */
    void onUsable(Http2Session session);

    /** Reports that the connection failed before. */
    void onUnusable(Failure.Upstream failure);
  }

  private final Channel channel;
  private final ConnectionPool pool;
  private final Lifetime lifetime;
  private final Function<Throwable, Failure.Upstream> classifier;
  private final ResponseRules rules;
  private final Deadline idle;
  private final KeepAlive keepAlive;

  /** Hears once whether the session can be used; null from then on. */
  private @Nullable Listener ready;

  private @Nullable Http2ClientHandler frames;
  private long maxStreams = MAX_STREAMS;

  /** Whether streams can become WebSockets (RFC 8441 section 3). */
  private boolean connectProtocol;

  private int streams;
  private boolean used;
  private boolean retired;

  private Http2Session(
      Channel channel,
      ConnectionPool pool,
      Lifetime lifetime,
      Function<Throwable, Failure.Upstream> classifier,
      PingsConfig pings,
      ResponseRules rules,
      Listener ready) {
    this.channel = channel;
    this.pool = pool;
    this.lifetime = lifetime;
    this.classifier = classifier;
    this.rules = rules;
    this.ready = ready;
    this.idle = new Deadline(channel.eventLoop(), this::retire);
    this.keepAlive = new KeepAlive(channel.eventLoop(), pings, new Asked());
  }

  /**
   * Sets up HTTP/2 on a connection after its handshake.
   *
   * @param pings when the backend is asked whether it is there
   * @param rules of responses
   * @param memoryIsShort whether buffers hold as much as they may
   * @param ready hears whether the session can be used
   */
  public static void install(
      Channel channel,
      ConnectionPool pool,
      Lifetime lifetime,
      Function<Throwable, Failure.Upstream> classifier,
      PingsConfig pings,
      ResponseRules rules,
      BooleanSupplier memoryIsShort,
      Listener ready) {
    Http2Session session =
        new Http2Session(channel, pool, lifetime, classifier, pings, rules, ready);
    Http2ClientHandler frames = Http2ClientHandler.create(memoryIsShort, session);
    session.frames = frames;
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast("http2", frames);
    pipeline.addLast("session", session);
    frames.widen(CONNECTION_WINDOW);
    channel.flush();
  }

  private Http2ClientHandler frames() {
    return Objects.requireNonNull(frames);
  }

  /** Returns whether another stream may be opened. */
  boolean hasRoom() {
    return !retired
        && channel.isActive()
        && streams < maxStreams
        && !lifetime.hasExpired()
        // After an error of the connection the codec has said so, and closes (RFC 9113 5.4.1).
        && !frames().goAwaySent();
  }

  /** Returns whether it carries no exchange. */
  boolean isIdle() {
    return streams == 0;
  }

  /** Opens a stream for one exchange, where it can carry it. */
  public void open(Waiting pending) {
    if (pending.webSocket() && !connectProtocol) {
      pending.failed(Failure.Upstream.PROTOCOL_MISMATCH);
      return;
    }
    streams++;
    idle.clear();
    if (streams == 1) {
      keepAlive.watch();
    }
    boolean reused = used;
    used = true;
    pending.succeeded(
        frames().newStream(reused, rules.maxFields(), rules.lenient(), classifier, keepAlive::ask));
  }

  @Override
  public void onStreamClosed() {
    streams--;
    if (streams == 0) {
      keepAlive.unwatch();
      if (retired || lifetime.hasExpired()) {
        retire();
      } else {
        idle.arm(lifetime.keepNanos());
      }
    }
    if (!retired) {
      pool.released(this);
    }
  }

  /** Accepts no further exchange, and closes once it has none. */
  void retire() {
    retired = true;
    idle.close();
    pool.remove(this);
    if (streams == 0) {
      channel.close();
    }
  }

  @Override
  public void onPingAnswered() {
    keepAlive.answered();
  }

  @Override
  public void onGoAway() {
    retire();
    settle(Failure.Upstream.STREAM_REFUSED);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    keepAlive.heard();
    ctx.fireChannelReadComplete();
  }

  @Override
  public void onSettings(@Nullable Long max, boolean connect) {
    if (max != null) {
      maxStreams = Math.min(max, MAX_STREAMS);
      pool.http2().learn(maxStreams);
    }
    connectProtocol |= connect;
    // A backend that takes none for the moment will say so when it does (RFC 9113 section 5.1.2).
    if (ready != null && maxStreams > 0) {
      idle.arm(lifetime.keepNanos());
      settle(null);
    } else if (ready == null && max != null) {
      // It may take those who wait for a stream.
      pool.released(this);
    }
  }

  private void settle(Failure.@Nullable Upstream failure) {
    Listener waiting = ready;
    ready = null;
    if (waiting == null) {
      return;
    }
    if (failure == null) {
      waiting.onUsable(this);
    } else {
      waiting.onUnusable(failure);
    }
  }

  /**
   * Handles close_notify: nothing follows it on any stream (RFC 8446 section 6.1), whether or not
   * the backend closes the socket. What came before has been handed to the streams.
   */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslCloseCompletionEvent close && close.isSuccess()) {
      retire();
      frames().closeNow();
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    retire();
    // Under TLS 1.3 a backend's verdict on our certificate arrives after the handshake.
    settle(
        classifier.apply(cause) == Failure.Upstream.TLS_IDENTITY_REFUSED
            ? Failure.Upstream.TLS_IDENTITY_REFUSED
            : Failure.Upstream.PROTOCOL_MISMATCH);
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    keepAlive.close();
    retire();
    settle(Failure.Upstream.PROTOCOL_MISMATCH);
    ctx.fireChannelInactive();
  }

  /** Connection to the backend, for {@link KeepAlive}. */
  private final class Asked implements KeepAlive.Connection {
    @Override
    public boolean hasBacklog() {
      // One that takes nothing is as good as gone.
      return false;
    }

    @Override
    public void ping() {
      frames().ping();
    }

    @Override
    public void lost() {
      // First of all, since its exchanges may begin again.
      retired = true;
      pool.remove(Http2Session.this);
      frames().failAll(Failure.Upstream.UNRESPONSIVE);
      retire();
      Connections.cut(channel);
    }
  }
}
