package sallyport.net.names;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.function.Predicate;
import sallyport.net.names.Answer.Found;

/**
 * Addresses that this machine has a route to (RFC 6724 section 6, rule 1). Many names have an IPv6
 * address, and many machines have no IPv6: half of the requests would meet it.
 *
 * <p>Any thread.
 */
final class Reachable {
  /** Any port will do: connecting a datagram socket sends nothing. */
  private static final int PORT = 9;

  private Reachable() {}

  /** Returns those with a route; all of them where none has one, so that a failure tells. */
  static List<Found> of(List<Found> all) {
    return of(all, Reachable::hasRoute);
  }

  static List<Found> of(List<Found> all, Predicate<InetAddress> hasRoute) {
    List<Found> reachable = all.stream().filter(each -> hasRoute.test(each.address())).toList();
    return reachable.isEmpty() ? all : reachable;
  }

  private static boolean hasRoute(InetAddress address) {
    try (DatagramChannel channel =
        DatagramChannel.open(
            address instanceof Inet6Address
                ? StandardProtocolFamily.INET6
                : StandardProtocolFamily.INET)) {
      channel.connect(new InetSocketAddress(address, PORT));
      return true;
    } catch (IOException | UnsupportedOperationException none) {
      return false;
    }
  }
}
