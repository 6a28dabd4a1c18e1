package sallyport.connect;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexActiveStreamsException;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.PingsConfig;
import sallyport.http.codec.ClientStreamCodec;
import sallyport.http.codec.ConnectionWindow;
import sallyport.net.Connections;
import sallyport.net.Failure;
import sallyport.net.transport.Deadline;
import sallyport.net.transport.FlushPerTurn;
import sallyport.net.transport.KeepAlive;

/**
 * One HTTP/2 connection to an endpoint, and the last handler of its pipeline. Carries as many
 * exchanges at a time as the backend lets it, each on a stream of its own, and closes when it has
 * had none for the pool's idle timeout, or when the backend is gone ({@link KeepAlive}). Usable
 * once the backend's settings are known and let it have a stream.
 *
 * <p>Every call must run on the connection's event loop.
 */
final class Http2Session extends ChannelInboundHandlerAdapter {
  /**
   * What a backend may send on all streams together until the gateway has received it, in bytes.
   */
  private static final int CONNECTION_WINDOW = 4 * 1024 * 1024;

  /** What a backend that sets no limit gets at once. */
  static final long MAX_STREAMS = 1000;

  /** The handler below HTTP/2: what it closes does not wait for streams. */
  private static final String FLUSHES = "flushes";

  /** Says nothing: any octet is an answer. */
  private static final long PING = 0;

  private final Channel channel;
  private final Http2Connection connection;
  private final ConnectionPool pool;
  private final UpstreamConnection.Stay stay;
  private final Function<Throwable, Failure.Upstream> classifier;
  private final int maxFields;
  private final Deadline idle;
  private final KeepAlive keepAlive;

  /** Hears once whether the session can be used; null is for yes. */
  private @Nullable Consumer<Failure.@Nullable Upstream> ready;

  private long maxStreams = MAX_STREAMS;

  /** Whether streams can become WebSockets (RFC 8441 section 3). */
  private boolean connectProtocol;

  private int streams;
  private boolean used;
  private boolean retired;

  private Http2Session(
      Channel channel,
      Http2Connection connection,
      ConnectionPool pool,
      UpstreamConnection.Stay stay,
      Function<Throwable, Failure.Upstream> classifier,
      PingsConfig pings,
      int maxFields,
      Consumer<Failure.@Nullable Upstream> ready) {
    this.channel = channel;
    this.connection = connection;
    this.pool = pool;
    this.stay = stay;
    this.classifier = classifier;
    this.maxFields = maxFields;
    this.ready = ready;
    this.idle = new Deadline(channel.eventLoop(), this::retire);
    this.keepAlive = new KeepAlive(channel.eventLoop(), pings, new Asked());
  }

  /**
   * Puts HTTP/2 on a connection whose handshake is done.
   *
   * @param pings when the backend is asked whether it is there
   * @param maxFields of a response
   * @param memoryIsShort whether buffers hold as much as they may
   * @param ready hears once whether the session can be used; null is for yes
   */
  static Http2Session install(
      Channel channel,
      ConnectionPool pool,
      UpstreamConnection.Stay stay,
      Function<Throwable, Failure.Upstream> classifier,
      PingsConfig pings,
      int maxFields,
      BooleanSupplier memoryIsShort,
      Consumer<Failure.@Nullable Upstream> ready) {
    Http2FrameCodec codec = BackendCodec.create(memoryIsShort);
    Http2Connection connection = codec.connection();
    Http2Session session =
        new Http2Session(channel, connection, pool, stay, classifier, pings, maxFields, ready);
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast(FLUSHES, new FlushPerTurn());
    pipeline.addLast("http2", codec);
    pipeline.addLast("streams", new Http2MultiplexHandler(new UnaskedStream()));
    pipeline.addLast("session", session);
    ConnectionWindow.widen(connection, CONNECTION_WINDOW);
    channel.flush();
    return session;
  }

  /** Whether another stream may be opened. */
  boolean hasRoom() {
    return !retired
        && channel.isActive()
        && streams < maxStreams
        && !stay.hasExpired()
        // After an error of the connection the codec has said so, and closes (RFC 9113 5.4.1).
        && !connection.goAwaySent();
  }

  /** Whether it carries no exchange. */
  boolean isIdle() {
    return streams == 0;
  }

  /** Opens a stream for one exchange, where it can carry what is wanted. */
  void open(ConnectionAttempt pending) {
    if (pending.wanted().webSocket() && !connectProtocol) {
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
    UpstreamConnection[] made = new UpstreamConnection[1];
    new Http2StreamChannelBootstrap(channel)
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel stream) {
                made[0] = UpstreamConnection.ofStream(stream, reused, classifier, keepAlive::ask);
                stream
                    .pipeline()
                    .addLast("http", new ClientStreamCodec(maxFields, pending.lenient()));
                stream.pipeline().addLast("upstream", made[0]);
              }
            })
        .open()
        .addListener((Future<Http2StreamChannel> opened) -> onOpened(opened, made[0], pending));
  }

  private void onOpened(
      Future<Http2StreamChannel> opened,
      @Nullable UpstreamConnection connection,
      ConnectionAttempt pending) {
    if (!opened.isSuccess() || connection == null) {
      closed();
      pending.failed(Failure.Upstream.STREAM_REFUSED);
      return;
    }
    opened.getNow().closeFuture().addListener(end -> closed());
    pending.succeeded(connection);
  }

  private void closed() {
    streams--;
    if (streams == 0) {
      keepAlive.unwatch();
      if (retired || stay.hasExpired()) {
        retire();
      } else {
        idle.arm(stay.keepNanos());
      }
    }
    if (!retired) {
      pool.released(this);
    }
  }

  /** Takes no further exchange, and closes once it has none. */
  void retire() {
    retired = true;
    idle.close();
    pool.remove(this);
    if (streams == 0) {
      channel.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof Http2SettingsFrame frame) {
        onSettings(frame.settings());
      } else if (message instanceof Http2PingFrame ping && ping.ack()) {
        keepAlive.answered();
      } else if (message instanceof Http2GoAwayFrame) {
        retire();
        settle(Failure.Upstream.STREAM_REFUSED);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    keepAlive.heard();
    ctx.fireChannelReadComplete();
  }

  private void onSettings(Http2Settings settings) {
    Long max = settings.maxConcurrentStreams();
    if (max != null) {
      maxStreams = Math.min(max, MAX_STREAMS);
      pool.learn(maxStreams);
    }
    connectProtocol |= Boolean.TRUE.equals(settings.connectProtocolEnabled());
    // A backend that takes none for the moment will say so when it does (RFC 9113 section 5.1.2).
    if (ready != null && maxStreams > 0) {
      idle.arm(stay.keepNanos());
      settle(null);
    } else if (ready == null && max != null) {
      // It may take those who wait for a stream.
      pool.released(this);
    }
  }

  private void settle(Failure.@Nullable Upstream failure) {
    Consumer<Failure.@Nullable Upstream> waiting = ready;
    ready = null;
    if (waiting != null) {
      waiting.accept(failure);
    }
  }

  /**
   * After close_notify nothing more comes, for no stream (RFC 8446 section 6.1), whether or not the
   * backend closes the socket. What came before has been handed to the streams.
   */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslCloseCompletionEvent close && close.isSuccess()) {
      retire();
      ctx.pipeline().context(FLUSHES).close();
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

  /** The backend, as one that may be gone. */
  private final class Asked implements KeepAlive.Connection {
    @Override
    public boolean hasBacklog() {
      // One that takes nothing is as good as gone.
      return false;
    }

    @Override
    public void ping() {
      channel.writeAndFlush(new DefaultHttp2PingFrame(PING));
    }

    @Override
    public void lost() {
      // First of all, since its exchanges may begin anew.
      retired = true;
      pool.remove(Http2Session.this);
      channel
          .pipeline()
          .context(Http2FrameCodec.class)
          .fireExceptionCaught(new Http2MultiplexActiveStreamsException(new Unresponsive()));
      retire();
      Connections.cut(channel);
    }
  }

  /** Ends the streams of a connection that does not answer. */
  static final class Unresponsive extends Exception {
    private static final long serialVersionUID = 1;

    private Unresponsive() {
      super("no answer to PING", null, false, false);
    }
  }

  /** Push is off: a stream that the backend begins is an error that the codec has dealt with. */
  @Sharable
  private static final class UnaskedStream extends ChannelInboundHandlerAdapter {
    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      ctx.close();
    }
  }
}
