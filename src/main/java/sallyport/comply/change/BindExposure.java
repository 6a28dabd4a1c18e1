package sallyport.comply.change;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.BindAddress;

/** Reach of a listening socket, by its address alone. */
final class BindExposure {
  private static final String ALL_IPV4 = "0.0.0.0";

  private BindExposure() {}

  /** Whether the socket can be reached at an address that it could not be reached at before. */
  static boolean widens(BindAddress before, BindAddress after) {
    String from = before.host();
    String to = after.host();
    if (from.equals(to) || isLoopback(to)) {
      return false;
    }
    return !isAny(from) || isBeyondIpv4(from, to);
  }

  /** All of IPv4 is not all of IPv6; the other way round it is, on Linux. */
  private static boolean isBeyondIpv4(String from, String to) {
    return from.equals(ALL_IPV4) && to.indexOf(':') >= 0;
  }

  private static boolean isAny(String host) {
    InetAddress address = literal(host);
    return address != null && address.isAnyLocalAddress();
  }

  private static boolean isLoopback(String host) {
    InetAddress address = literal(host);
    return address == null ? host.equalsIgnoreCase("localhost") : address.isLoopbackAddress();
  }

  /** Null for a name: what it resolves to is not asked here. */
  private static @Nullable InetAddress literal(String host) {
    try {
      return InetAddress.ofLiteral(host);
    } catch (IllegalArgumentException name) {
      return null;
    }
  }
}
