package sallyport.front.entrance;

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
 * Handler of the PROXY protocol header (version 1 or 2) that a trusted proxy sends first. After it
 * the rest of the pipeline is built, for the client that the header names. A trusted proxy must
 * send a header, or its connection closes. No other peer may.
 *
 * <p>On the event loop of the connection.
 */
public final class ProxyHeaderHandler extends ChannelInboundHandlerAdapter {
  /** Room for the extensions of version 2, such as a client's certificate. */
  private static final int MAX_TLV_BYTES = 4096;

  private final AcceptContext accept;
  private final Consumer<Channel> rest;
  private @Nullable Future<?> timer;
  private boolean received;
  private boolean finished;

  /** The event that the rest of the pipeline gets first; null for none. */
  private @Nullable ConnectionEvent pending;

  private ProxyHeaderHandler(AcceptContext accept, Consumer<Channel> rest) {
    this.accept = accept;
    this.rest = rest;
  }

  /** Builds the rest of the pipeline at once, or after the header if the peer must send one. */
  public static void addTo(Channel channel, AcceptContext accept, Consumer<Channel> rest) {
    InetAddress peer = ((InetSocketAddress) channel.remoteAddress()).getAddress();
    if (!accept.proxies().header() || !accept.proxies().trusted().contains(peer)) {
      rest.accept(channel);
      return;
    }
    ChannelPipeline pipeline = channel.pipeline();
    ProxyHeaderHandler handler = new ProxyHeaderHandler(accept, rest);
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
            .schedule(() -> refuse(ctx), accept.headerTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (finished) {
      // The connection is closing. The decoder passes on what came in one piece with the header.
      ReferenceCountUtil.release(message);
      return;
    }
    HAProxyMessage header = (HAProxyMessage) message;
    try {
      finish();
      if (isAccepted(ctx.channel(), header)) {
        rest.accept(ctx.channel());
        ctx.pipeline().remove(this);
        if (pending != null) {
          ctx.pipeline().fireUserEventTriggered(pending);
        }
      } else {
        ctx.close();
      }
    } finally {
      header.release();
    }
  }

  /**
   * Sets the peers of the connection and asks its admission. A header of the proxy's own health
   * check names no client; the connection then keeps the ends of its socket.
   */
  private boolean isAccepted(Channel channel, HAProxyMessage header) {
    HAProxyProxiedProtocol protocol = header.proxiedProtocol();
    if (header.command() == HAProxyCommand.LOCAL
        || protocol.transportProtocol() != TransportProtocol.STREAM
        || protocol.addressFamily() == HAProxyProxiedProtocol.AddressFamily.AF_UNIX) {
      return true;
    }
    Peers named =
        new Peers(
            address(header.sourceAddress(), header.sourcePort()),
            address(header.destinationAddress(), header.destinationPort()),
            (InetSocketAddress) channel.remoteAddress());
    Peers.set(channel, named);
    return accept.admission().acceptFor(channel, named.address());
  }

  /** Returns the address of a text that the decoder has checked to be an IP address. */
  private static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ConnectionEvent.DRAIN -> {
        pending = ConnectionEvent.DRAIN;
        // Not before the socket is read once more, since the header may have arrived.
        ctx.executor().schedule(() -> closeWithoutHeader(ctx), 0, TimeUnit.NANOSECONDS);
      }
      case ConnectionEvent.RETIRE -> pending = pending == null ? ConnectionEvent.RETIRE : pending;
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  private void closeWithoutHeader(ChannelHandlerContext ctx) {
    if (!finished) {
      finish();
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    // A connection that closes without an octet is a health check of the proxy.
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
    if (!finished) {
      finish();
      accept.metrics().connectionRefused("proxy_header");
      accept
          .audit()
          .record(
              new AuditEvent.ProxyHeaderRefused(
                  accept.listener(), (InetSocketAddress) ctx.channel().remoteAddress()));
    }
    ctx.close();
  }

  private void finish() {
    finished = true;
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
