package sallyport.tools.demo;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerExpectContinueHandler;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A small HTTP/1.1 service that talks only to callers with a certificate of the demo's own CA. */
public final class DemoBackend implements AutoCloseable {
  /** More than the gateway lets through by default. */
  private static final int MAX_LINE_BYTES = 16 * 1024;

  private static final int MAX_HEADER_BYTES = 64 * 1024;
  private static final int MAX_CHUNK_BYTES = 8 * 1024;

  private static final int THREADS = 2;
  private static final long STOP_MILLIS = 1_000;

  private final EventLoopGroup loops;
  private final Channel server;

  private DemoBackend(EventLoopGroup loops, Channel server) {
    this.loops = loops;
    this.server = server;
  }

  /**
   * Starts it on loopback, on a port that the operating system picks.
   *
   * @param certificates the folder of the development PKI
   * @throws IOException when a certificate cannot be read or there is no port
   */
  public static DemoBackend start(Path certificates) throws IOException {
    SslContext tls = tls(certificates);
    var address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(THREADS, NioIoHandler.newFactory());
    var bound =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    initialize(channel.pipeline().addLast(tls.newHandler(channel.alloc())));
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loops.shutdownGracefully();
      throw new IOException("cannot bind the demo backend to " + address, bound.cause());
    }
    return new DemoBackend(loops, bound.channel());
  }

  private static SslContext tls(Path certificates) throws IOException {
    return SslContextBuilder.forServer(
            certificates.resolve("backend.pem").toFile(),
            certificates.resolve("backend.key").toFile())
        .trustManager(certificates.resolve("backend-ca.pem").toFile())
        .clientAuth(ClientAuth.REQUIRE)
        .protocols("TLSv1.3", "TLSv1.2")
        .build();
  }

  private static void initialize(ChannelPipeline pipeline) {
    pipeline
        .addLast(new HttpServerCodec(MAX_LINE_BYTES, MAX_HEADER_BYTES, MAX_CHUNK_BYTES))
        .addLast(new HttpServerExpectContinueHandler())
        .addLast(new HttpServerKeepAliveHandler())
        .addLast(new ChunkedWriteHandler())
        .addLast(new DemoHandler());
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.localAddress();
  }

  @Override
  public void close() {
    server.close().awaitUninterruptibly();
    loops.shutdownGracefully(0, STOP_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly();
  }
}
