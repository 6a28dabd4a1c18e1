package sallyport.connect.dial;

import io.netty.channel.Channel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import sallyport.config.backend.BackendConfig.ProxyProtocol;
import sallyport.connect.stream.ConnectionNeeds;

/**
 * PROXY protocol header, which names the client to a backend before TLS begins (PROXY protocol
 * sections 2.1 and 2.2).
 */
final class ProxyHeader {
  private static final String ENCODER = "proxy-protocol";

  private ProxyHeader() {}

  /** Sends the header, without a flush, on a connection that stands; nothing where it is off. */
  static void send(Channel channel, ProxyProtocol version, ConnectionNeeds needs) {
    if (version != ProxyProtocol.OFF) {
      channel.pipeline().addLast(ENCODER, HAProxyMessageEncoder.INSTANCE);
      channel.write(message(version, needs));
      channel.pipeline().remove(ENCODER);
    }
  }

  private static HAProxyMessage message(ProxyProtocol version, ConnectionNeeds needs) {
    InetSocketAddress client = needs.client();
    InetSocketAddress local = needs.local();
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
}
