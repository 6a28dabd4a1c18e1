package sallyport.config;

import org.jspecify.annotations.Nullable;
import sallyport.config.BackendConfig.EndpointConfig;

/** Reads {@code host:port}. */
final class Addresses {
  private record HostPort(String host, int port) {}

  private Addresses() {}

  static BindAddress bind(ConfigReader in, String key) {
    String text = in.string(key);
    HostPort parts = parse(text);
    if (parts == null && !text.isEmpty()) {
      in.problem(key, "must be ADDRESS:PORT such as 0.0.0.0:8443 or [::]:8443, is '" + text + "'");
    } else if (parts != null && parts.host.equals("*")) {
      in.problem(key, "for all addresses write 0.0.0.0 (IPv4) or [::] (both), not *");
    }
    return parts == null
        ? new BindAddress("127.0.0.1", 0)
        : new BindAddress(parts.host, parts.port);
  }

  static @Nullable EndpointConfig endpoint(ConfigReader in, String key, String text) {
    HostPort parts = parse(text);
    if (parts != null && parts.port > 0) {
      return new EndpointConfig(parts.host, parts.port);
    }
    in.problem(
        key,
        text.contains("://")
            ? "'"
                + text
                + "' is a URL; write HOST:PORT. Backends are always reached over mutual TLS, never"
                + " over plain HTTP (docs/plain-http-backends.md)"
            : "must be HOST:PORT such as legacy.internal:9443, is '" + text + "'");
    return null;
  }

  /** As people write it, IPv6 in brackets. */
  static String text(String host, int port) {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }

  private static @Nullable HostPort parse(String text) {
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
