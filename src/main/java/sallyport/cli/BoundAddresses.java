package sallyport.cli;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.stream.Collectors;

/** Bound addresses as a script can read them: {@code http=0.0.0.0:8080 https=[::1]:8443}. */
final class BoundAddresses {
  private BoundAddresses() {}

  static String toText(Map<String, InetSocketAddress> addresses) {
    return addresses.entrySet().stream()
        .map(bound -> bound.getKey() + "=" + toText(bound.getValue()))
        .collect(Collectors.joining(" "));
  }

  private static String toText(InetSocketAddress bound) {
    String address = bound.getAddress().getHostAddress();
    return bound.getAddress() instanceof Inet6Address
        ? "[" + address + "]:" + bound.getPort()
        : address + ":" + bound.getPort();
  }
}
