package sallyport.front;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2Exception;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import sallyport.config.listener.ListenerConfig;
import sallyport.front.h2.Http2ServerHandler;
import sallyport.front.h2.StreamContext;
import sallyport.front.h2.TappedStream;
import sallyport.net.ClientAuthentication;
import sallyport.proxy.ProxyContext;
import sallyport.tls.server.TlsInfo;

/** The real pipelines of a client's HTTP/2 connection, without sockets and TLS. */
public final class EmbeddedDownstream {
  private EmbeddedDownstream() {}

  /**
   * Makes an HTTP/2 connection of this channel, as behind a handshake.
   *
   * @param taps makes what sits behind the codec of each stream
   * @param built hears of the handlers of each stream
   * @param faults takes every exception that is not HTTP/2's own and comes to the connection
   */
  public static void http2(
      EmbeddedChannel channel,
      ListenerConfig.HttpProxy listener,
      ProxyContext proxy,
      IntFunction<ChannelHandler> taps,
      Consumer<ChannelPipeline> built,
      Consumer<Throwable> faults) {
    channel
        .pipeline()
        .addLast(
            "protocol",
            new ProtocolHandler(
                listener, proxy, Duration.ofSeconds(30), new HstsHandler(listener.hsts())) {
              @Override
              Http2ServerHandler.StreamFactory streams(StreamContext context) {
                return (connection, stream) ->
                    new TappedStream(
                        connection, stream, context, taps.apply(stream.id()), built, faults);
              }
            });
    channel
        .pipeline()
        .fireUserEventTriggered(
            new TlsInfo(
                "TLSv1.3",
                "TLS_AES_128_GCM_SHA256",
                "X25519",
                "localhost",
                false,
                "h2",
                ClientAuthentication.NONE));
    channel.pipeline().addBefore("connection", "faults", new Faults(faults));
  }

  private static final class Faults extends ChannelInboundHandlerAdapter {
    private final Consumer<Throwable> faults;

    Faults(Consumer<Throwable> faults) {
      this.faults = faults;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (!(cause instanceof Http2Exception)) {
        faults.accept(cause);
      }
      ctx.fireExceptionCaught(cause);
    }
  }
}
