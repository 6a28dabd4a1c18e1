package sallyport.connect.dial;

import io.netty.buffer.Unpooled;
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
import java.nio.charset.StandardCharsets;
import sallyport.config.backend.BackendConfig.ProxyProtocol;
import sallyport.connect.stream.ConnectionNeeds;

/**
 * PROXY protocol header, which names the client to a backend before TLS begins (PROXY protocol
 * sections 2.1 and 2.2).
 */
final class ProxyHeader {
  private static final String ENCODER = "proxy-protocol";

  /** A connection without a client, as version 1 writes it (section 2.1). */
  private static final byte[] UNKNOWN = "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII);

  /** Version 2, command LOCAL, no address and none of its octets (section 2.2). */
  private static final byte[] LOCAL = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x20, 0x00, 0x00, 0x00
  };

  private ProxyHeader() {}

  /** Sends the header, without a flush, on a connection that stands; nothing where it is off. */
  static void send(Channel channel, ProxyProtocol version, ConnectionNeeds needs) {
    InetSocketAddress client = needs.client();
    InetSocketAddress local = needs.local();
    if (version == ProxyProtocol.OFF) {
      return;
    }
    if (client == null || local == null) {
      channel.write(Unpooled.wrappedBuffer(version == ProxyProtocol.V1 ? UNKNOWN : LOCAL));
      return;
    }
    channel.pipeline().addLast(ENCODER, HAProxyMessageEncoder.INSTANCE);
    channel.write(message(version, client, local));
    channel.pipeline().remove(ENCODER);
  }

  private static HAProxyMessage message(
      ProxyProtocol version, InetSocketAddress client, InetSocketAddress local) {
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
