package sallyport.values;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/** Text of addresses of connections in logs and metrics. */
public final class AddressText {
  private static final String UNIX = "unix:";

  private AddressText() {}

  /**
   * Returns {@code ADDRESS:PORT}, IPv6 in brackets and in its short form (RFC 5952), or {@code
   * unix:PATH}; empty for an address of another kind.
   */
  public static String of(SocketAddress address) {
    return switch (address) {
      case InetSocketAddress tcp -> NetUtil.toSocketAddressString(tcp);
      case UnixDomainSocketAddress unix -> UNIX + unix.getPath();
      case DomainSocketAddress unix -> UNIX + unix.path();
      default -> "";
    };
  }
}
