package sallyport.net.names;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/**
 * Addresses that a question led to.
 *
 * @param found at least one, in an order of their own: servers change theirs with each answer
 * @param timeToLive of the record that ends first
 * @param partial whether a question for IPv4 or for IPv6 had no answer
 */
public record Answer(List<Found> found, Duration timeToLive, boolean partial) {
  /**
   * Address.
   *
   * @param port of a service; 0 for a host
   * @param priority of a service: the lowest number serves, the others where it cannot
   * @param weight of a service among those of the same priority; 0 or more
   */
  public record Found(InetAddress address, int port, int priority, int weight) {
    static Found host(InetAddress address) {
      return new Found(address, 0, 0, 0);
    }
  }
}
