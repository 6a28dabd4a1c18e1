package sallyport.front;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.TransportProtocol;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sallyport.net.ConnectionEvent;
import sallyport.net.Peers;
import sallyport.observe.audit.AuditEvent;

/**
 * Takes the PROXY protocol header (version 1 or 2) that a trusted proxy sends before anything else,
 * and only then builds the rest of the pipeline, for the client that the header names. Never
 * guesses: a trusted proxy that sends none is closed, and nobody else is asked for one.
 */
final class ProxyHeaderHandler extends ChannelInboundHandlerAdapter {
  /** Room for what proxies add to version 2, such as a client's certificate. */
  private static final int MAX_TLV_BYTES = 4096;

  private final AcceptContext entrance;
  private final Consumer<Channel> rest;
  private @Nullable Future<?> timer;
  private boolean received;
  private boolean over;
  private boolean retiring;

  private ProxyHeaderHandler(AcceptContext entrance, Consumer<Channel> rest) {
    this.entrance = entrance;
    this.rest = rest;
  }

  /** Builds the rest at once, or after the header where one has to come. */
  static void addTo(Channel channel, AcceptContext entrance, Consumer<Channel> rest) {
    InetAddress peer = ((InetSocketAddress) channel.remoteAddress()).getAddress();
    if (!entrance.proxies().header() || !entrance.proxies().trusted().contains(peer)) {
      rest.accept(channel);
      return;
    }
    ChannelPipeline pipeline = channel.pipeline();
    ProxyHeaderHandler handler = new ProxyHeaderHandler(entrance, rest);
    pipeline.addLast("proxy-decoder", handler.decoder());
    pipeline.addLast("proxy-header", handler);
  }

  private HAProxyMessageDecoder decoder() {
    return new HAProxyMessageDecoder(MAX_TLV_BYTES, /* failFast= */ true) {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object bytes) throws Exception {
        received = true;
        super.channelRead(ctx, bytes);
      }
    };
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    timer =
        ctx.executor()
            .schedule(() -> refuse(ctx), entrance.headerTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (over) {
      // The connection is closing; the decoder hands on what came in one piece with the header.
      ReferenceCountUtil.release(message);
      return;
    }
    HAProxyMessage header = (HAProxyMessage) message;
    try {
      finish();
      if (isAccepted(ctx.channel(), header)) {
        rest.accept(ctx.channel());
        ctx.pipeline().remove(this);
        if (retiring) {
          ctx.pipeline().fireUserEventTriggered(ConnectionEvent.RETIRE);
        }
      } else {
        ctx.close();
      }
    } finally {
      header.release();
    }
  }

  /** A health check of the proxy's own names nobody; then the connection is what it is. */
  private boolean isAccepted(Channel channel, HAProxyMessage header) {
    HAProxyProxiedProtocol protocol = header.proxiedProtocol();
    if (header.command() == HAProxyCommand.LOCAL
        || protocol.transportProtocol() != TransportProtocol.STREAM
        || protocol.addressFamily() == HAProxyProxiedProtocol.AddressFamily.AF_UNIX) {
      return true;
    }
    Peers told =
        new Peers(
            address(header.sourceAddress(), header.sourcePort()),
            address(header.destinationAddress(), header.destinationPort()),
            (InetSocketAddress) channel.remoteAddress());
    Peers.tell(channel, told);
    return entrance.admission().acceptFor(channel, told.address());
  }

  /** The decoder has seen to it that the text is an address. */
  private static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ConnectionEvent.DRAIN -> {
        finish();
        ctx.close();
      }
      case ConnectionEvent.RETIRE -> retiring = true;
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    // A connection that closes without a byte is a check of the proxy's whether we are there.
    if (received) {
      refuse(ctx);
    }
    finish();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    refuse(ctx);
  }

  private void refuse(ChannelHandlerContext ctx) {
    if (!over) {
      finish();
      entrance.metrics().connectionRefused("proxy_header");
      entrance
          .audit()
          .record(
              new AuditEvent.ProxyHeaderRefused(
                  entrance.listener(), (InetSocketAddress) ctx.channel().remoteAddress()));
    }
    ctx.close();
  }

  private void finish() {
    over = true;
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
