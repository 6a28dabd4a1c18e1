package sallyport.connect.endpoint;

import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import sallyport.cluster.Endpoint;
import sallyport.net.transport.OffLoopResolver;

/** Addresses of endpoints. Any thread. */
public final class Addresses {
  /** Resolver of addresses. */
  public interface Resolver {
    /** Returns all addresses of an endpoint, in order; at least one, or a failure. */
    Future<List<InetSocketAddress>> resolve(EventLoop loop, Endpoint endpoint);
  }

  private Addresses() {}

  /** Returns a literal address unchanged, and all addresses that a name resolves to. */
  public static Future<List<InetSocketAddress>> of(EventLoop loop, Endpoint endpoint) {
    String host = endpoint.host();
    return isLiteral(host)
        ? loop.newSucceededFuture(
            List.of(new InetSocketAddress(InetAddress.ofLiteral(host), endpoint.port())))
        : OffLoopResolver.resolve(host, endpoint.port(), loop);
  }

  static boolean isLiteral(String host) {
    return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
  }
}
