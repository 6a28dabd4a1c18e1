package sallyport.config.address;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;

/** Reader of {@code HOST:PORT}. */
public final class Addresses {
  private Addresses() {}

  public static BindAddress bind(ConfigReader in, String key) {
    String text = in.string(key);
    BindAddress address = bind(text);
    if (address == null && !text.isEmpty()) {
      in.problem(
          key, "must be ADDRESS:PORT such as 0.0.0.0:8443, [::]:8443 or *:8443, is '" + text + "'");
    }
    return address == null ? new BindAddress("127.0.0.1", 0) : address;
  }

  /** Reads a {@link LocalAddress}; {@code 127.0.0.1:0} stands in for a wrong one. */
  public static LocalAddress local(ConfigReader in, String key) {
    String text = in.string(key);
    try {
      if (!text.isEmpty()) {
        return LocalAddress.parse(text);
      }
    } catch (IllegalArgumentException notLocal) {
      in.problem(key, String.valueOf(notLocal.getMessage()));
    }
    return new LocalAddress.Loopback("127.0.0.1", 0);
  }

  /** Null where the text is no address with a port. */
  public static @Nullable BindAddress bind(String text) {
    HostPort parts = parse(text);
    if (parts == null) {
      return null;
    }
    return new BindAddress(parts.host().equals("*") ? everyAddress() : parts.host(), parts.port());
  }

  /** Of IPv6 and, on the same socket, of IPv4; of IPv4 alone where the machine has no IPv6. */
  private static String everyAddress() {
    try (DatagramChannel _ = DatagramChannel.open(StandardProtocolFamily.INET6)) {
      return "::";
    } catch (IOException | UnsupportedOperationException noIpv6) {
      return "0.0.0.0";
    }
  }

  /** Returns the parts of a text; null where it is no host with a port. */
  public static @Nullable HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      return null;
    }
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (bracketed) {
      host = host.substring(1, host.length() - 1);
    }
    if (host.isEmpty() || (!bracketed && host.indexOf(':') >= 0) || host.indexOf('/') >= 0) {
      return null;
    }
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      return port < 0 || port > 65_535 ? null : new HostPort(host, port);
    } catch (NumberFormatException notANumber) {
      return null;
    }
  }
}
