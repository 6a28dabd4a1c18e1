package sallyport.config.address;

/** Address of an endpoint as it is written. Immutable. */
public sealed interface EndpointAddress
    permits EndpointAddress.Host, EndpointAddress.Service, LocalAddress.UnixSocket {
  /**
   * Host with a port.
   *
   * @param host a name or an IP address, IPv6 without brackets
   * @param port 1 to 65535
   */
  record Host(String host, int port) implements EndpointAddress {
    /** Returns {@code HOST:PORT}. */
    @Override
    public String toString() {
      return HostPort.text(host, port);
    }
  }

  /**
   * Service in DNS, whose records have hosts and ports (RFC 2782).
   *
   * @param name the whole name, {@code _service._proto.name}
   */
  record Service(String name) implements EndpointAddress {
    /** The word before the name of a service. */
    public static final String PREFIX = "srv:";

    /** Returns the name that the service is of, such as {@code clinic.internal}. */
    public String domain() {
      return name.split("\\.", 3)[2];
    }

    /** Returns {@code srv:NAME}. */
    @Override
    public String toString() {
      return PREFIX + name;
    }
  }
}
