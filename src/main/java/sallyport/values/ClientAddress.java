package sallyport.values;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Origin of a connection or a request, for logs: the client, and the proxy that spoke for it.
 *
 * @param client its address; port 0 where a proxy has not told the port
 * @param proxy the other end of the socket, where a trusted proxy has told who the client is; else
 *     null
 */
public record ClientAddress(InetSocketAddress client, @Nullable InetSocketAddress proxy) {
  /** The client itself, without a proxy. */
  public static ClientAddress direct(InetSocketAddress client) {
    return new ClientAddress(client, null);
  }

  /** {@code ADDRESS:PORT}, or the address alone where the port is not known. */
  public String text() {
    return client.getPort() == 0 && proxy != null
        ? NetUtil.toAddressString(client.getAddress())
        : NetUtil.toSocketAddressString(client);
  }

  /** {@code ADDRESS:PORT} of the proxy; null without one. */
  public @Nullable String proxyText() {
    return proxy == null ? null : NetUtil.toSocketAddressString(proxy);
  }
}
