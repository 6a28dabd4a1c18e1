package sallyport.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import sallyport.config.BackendConfig.ProxyProtocol;

/**
 * Tells a backend for whom a connection is, before TLS begins (the PROXY protocol, 2.1 and 2.2).
 */
final class ProxyHeader extends ChannelInboundHandlerAdapter {
  private static final String ENCODER = "proxy-protocol";

  private final ProxyProtocol version;
  private final Wanted wanted;

  private ProxyHeader(ProxyProtocol version, Wanted wanted) {
    this.version = version;
    this.wanted = wanted;
  }

  /** Adds what sends the header and then goes; nothing where it is off. */
  static void addTo(ChannelPipeline pipeline, ProxyProtocol version, Wanted wanted) {
    if (version != ProxyProtocol.OFF) {
      pipeline.addLast(ENCODER, HAProxyMessageEncoder.INSTANCE);
      pipeline.addLast(new ProxyHeader(version, wanted));
    }
  }

  private static HAProxyMessage message(ProxyProtocol version, Wanted wanted) {
    InetSocketAddress client = wanted.client();
    InetSocketAddress local = wanted.local();
    // Both addresses have to be of one family.
    boolean six =
        client.getAddress() instanceof Inet6Address || local.getAddress() instanceof Inet6Address;
    return new HAProxyMessage(
        version == ProxyProtocol.V1 ? HAProxyProtocolVersion.V1 : HAProxyProtocolVersion.V2,
        HAProxyCommand.PROXY,
        six ? HAProxyProxiedProtocol.TCP6 : HAProxyProxiedProtocol.TCP4,
        text(client.getAddress(), six),
        text(local.getAddress(), six),
        client.getPort(),
        local.getPort());
  }

  private static String text(InetAddress address, boolean six) {
    String text = NetUtil.toAddressString(address);
    return six && !(address instanceof Inet6Address) ? "::ffff:" + text : text;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(message(version, wanted));
    ctx.pipeline().remove(ENCODER);
    ctx.pipeline().remove(this);
    ctx.fireChannelActive();
  }
}
