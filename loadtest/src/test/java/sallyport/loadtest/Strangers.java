package sallyport.loadtest;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;

/**
 * New clients: each connects, does a full handshake, sends one request and leaves. They come at a
 * rate that does not depend on the answers, or as a crowd in which each that leaves is replaced.
 * They have a thread of their own: in Gatling's threads, a storm would delay the clients whose
 * times are measured.
 */
final class Strangers {
  private static final int TICK_MILLIS = 10;
  private static final byte[] OK = "HTTP/1.1 200 ".getBytes(StandardCharsets.US_ASCII);

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final AtomicInteger come = new AtomicInteger();
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicInteger turnedAway = new AtomicInteger();
  private final Target target;
  private final Duration patience;
  private final Bootstrap bootstrap;
  private final ByteBuf request;

  /** The time of the last that comes, as {@link System#nanoTime}; set before the first. */
  private volatile long end;

  /**
   * Nothing comes yet.
   *
   * @param authority a PEM file with the certificates to trust
   * @param patience after which a client leaves without its answer
   */
  Strangers(Target target, Path authority, Duration patience) {
    this.target = target;
    this.patience = patience;
    this.request =
        Unpooled.unreleasableBuffer(
            Unpooled.copiedBuffer(
                "GET %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n\r\n"
                    .formatted(target.path(), target.host(), target.port()),
                StandardCharsets.US_ASCII));
    SslContext tls = tls(authority);
    this.bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    // Without a peer's name sessions are not kept, so that none is resumed.
                    channel
                        .pipeline()
                        .addLast(tls.newHandler(channel.alloc()))
                        .addLast(new Visit());
                  }
                });
  }

  private static SslContext tls(Path authority) {
    try {
      return SslContextBuilder.forClient()
          .sslProvider(SslProvider.OPENSSL)
          .trustManager(authority.toFile())
          .endpointIdentificationAlgorithm(null)
          .build();
    } catch (SSLException e) {
      throw new IllegalArgumentException("cannot trust " + authority, e);
    }
  }

  /** Sends so many a second, for so long. */
  void come(int perSecond, Duration during) {
    long began = System.nanoTime();
    end = began + during.toNanos();
    loop.next()
        .scheduleAtFixedRate(
            () -> {
              long due = (long) (perSecond * ((Math.min(System.nanoTime(), end) - began) / 1e9));
              while (come.get() < due) {
                connect();
              }
            },
            0,
            TICK_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  /** Sends so many at once, and another for each that has left, for so long. */
  void crowd(int clients, Duration during) {
    end = System.nanoTime() + during.toNanos();
    for (int i = 0; i < clients; i++) {
      connectNext();
    }
  }

  private void connectNext() {
    if (System.nanoTime() < end) {
      connect().closeFuture().addListener(left -> connectNext());
    }
  }

  private Channel connect() {
    come.incrementAndGet();
    ChannelFuture connected = bootstrap.connect(target.host(), target.port());
    connected.addListener(
        done -> {
          if (!done.isSuccess()) {
            turnedAway.incrementAndGet();
          }
        });
    return connected.channel();
  }

  /** Returns whether some have yet to come, or wait for their answer. */
  boolean areGoingOn() {
    return System.nanoTime() < end || served.get() + turnedAway.get() < come.get();
  }

  /** Returns how many have had their answer. */
  int served() {
    return served.get();
  }

  /** Returns how many have come. */
  int all() {
    return come.get();
  }

  /** Ends the thread. */
  void stop() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** One request, and whether the answer is what it should be. */
  private final class Visit extends SimpleChannelInboundHandler<ByteBuf> {
    private int matched;

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      Future<?> leaving =
          ctx.executor()
              .schedule((Runnable) ctx::close, patience.toMillis(), TimeUnit.MILLISECONDS);
      ctx.channel().closeFuture().addListener(left -> leaving.cancel(false));
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
        ctx.writeAndFlush(request.duplicate());
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
      while (matched < OK.length && bytes.isReadable() && bytes.readByte() == OK[matched]) {
        matched++;
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      (matched == OK.length ? served : turnedAway).incrementAndGet();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
