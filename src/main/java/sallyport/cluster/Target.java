package sallyport.cluster;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.BackendConfig.EndpointConfig;

/**
 * Address, or configured name, that one endpoint of a cluster stands for.
 *
 * @param written the endpoint as it is configured
 * @param address one of the addresses of its name; null where it is written as an address, and
 *     where it stands for all addresses of its name
 * @param weight its share, 1 or more
 * @param backup whether it serves only where no other endpoint can
 */
public record Target(
    EndpointConfig written, @Nullable SocketAddress address, int weight, boolean backup) {
  /**
   * Identity of an endpoint, which is kept where the key stays.
   *
   * @param name as it is configured
   */
  record Key(String name, @Nullable SocketAddress address) {}

  /** Returns the target of an endpoint as it is written, without a look at its name. */
  public static Target of(EndpointConfig written) {
    return at(written, null);
  }

  /** Returns the target for one address of a name, with the weight that is written. */
  public static Target at(EndpointConfig written, @Nullable SocketAddress address) {
    return new Target(written, address, written.weight(), written.backup());
  }

  Key key() {
    return new Key(written.toString(), address);
  }
}
