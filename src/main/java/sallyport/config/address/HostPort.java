package sallyport.config.address;

/**
 * A host and a port.
 *
 * @param host IPv6 without brackets
 * @param port 0 to 65535
 */
public record HostPort(String host, int port) {
  /** Returns {@code HOST:PORT}. */
  @Override
  public String toString() {
    return text(host, port);
  }

  /** Returns both as people write them, IPv6 in brackets. */
  public static String text(String host, int port) {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
