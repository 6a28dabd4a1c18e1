package sallyport.loadtest;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;

/**
 * New clients at a steady rate, whoever waits: each connects, does a full handshake, asks once and
 * goes. On a thread of its own, for in Gatling's threads a storm would keep those waiting whose
 * times are measured, and be taken for the gateway's doing.
 */
final class Strangers {
  private static final int TICK_MILLIS = 10;
  private static final byte[] OK = "HTTP/1.1 200 ".getBytes(StandardCharsets.US_ASCII);

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final AtomicInteger connecting = new AtomicInteger();
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicInteger turnedAway = new AtomicInteger();
  private final Target target;
  private final int perSecond;
  private final int all;
  private final Bootstrap bootstrap;
  private final ByteBuf request;

  /**
   * Nobody comes yet.
   *
   * @param authority a PEM file with whom to trust
   */
  Strangers(Target target, Path authority, int perSecond, Duration during) {
    this.target = target;
    this.perSecond = perSecond;
    this.all = (int) (perSecond * during.toSeconds());
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

  /** They begin to come. */
  void come() {
    long began = System.nanoTime();
    loop.next().scheduleAtFixedRate(() -> connect(began), 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void connect(long began) {
    double seconds = (System.nanoTime() - began) / 1e9;
    while (connecting.get() < Math.min(all, perSecond * seconds)) {
      connecting.incrementAndGet();
      bootstrap
          .connect(target.host(), target.port())
          .addListener(
              connected -> {
                if (!connected.isSuccess()) {
                  turnedAway.incrementAndGet();
                }
              });
    }
  }

  /** Whether some have yet to come, or wait for their answer. */
  boolean isGoingOn() {
    return served.get() + turnedAway.get() < all;
  }

  /** Whether at least so many percent were served; ends it, so that nobody comes after. */
  String served(int percent) {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    return served.get() * 100L >= all * (long) percent
        ? Claim.HOLDS
        : "of %d, %d were served and %d turned away".formatted(all, served.get(), turnedAway.get());
  }

  /** One request, and whether the answer is what it should be. */
  private final class Visit extends SimpleChannelInboundHandler<ByteBuf> {
    private int matched;

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
