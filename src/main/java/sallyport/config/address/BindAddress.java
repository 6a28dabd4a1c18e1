package sallyport.config.address;

import java.net.InetSocketAddress;

/**
 * Address that a listener binds.
 *
 * @param host an IP address, or a name that resolves to one
 * @param port 0 to 65535; 0 asks the operating system for a free one
 */
public record BindAddress(String host, int port) {
  /** Resolves the host now; the result is unresolved when the name is unknown. */
  public InetSocketAddress toSocketAddress() {
    return new InetSocketAddress(host, port);
  }

  /**
   * Whether a socket of the other address cannot listen beside one of this: the port is the same,
   * and this is all addresses. One of all IPv6 addresses takes those of IPv4 too.
   */
  public boolean covers(BindAddress other) {
    return port != 0
        && port == other.port
        && (host.equals("::")
            || (host.equals("0.0.0.0") && other.host.indexOf(':') < 0)
            || host.equals(other.host));
  }

  /** As in the configuration, IPv6 in brackets. */
  @Override
  public String toString() {
    return HostPort.text(host, port);
  }
}
