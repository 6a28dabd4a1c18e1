package sallyport.backend;

import java.util.concurrent.atomic.AtomicInteger;
import sallyport.config.BackendConfig.EndpointConfig;

/** One address of a backend, and how busy it is. */
public final class Endpoint {
  private final EndpointConfig config;
  private final String name;
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();

  Endpoint(EndpointConfig config) {
    this.config = config;
    this.name = config.toString();
  }

  /** A name or an IP address, IPv6 without brackets. */
  public String host() {
    return config.host();
  }

  /** 1 to 65535. */
  public int port() {
    return config.port();
  }

  /** {@code host:port}: the metric tag and the log field. */
  public String name() {
    return name;
  }

  /** A request is on its way; {@link #requestEnded} must follow. */
  public void requestStarted() {
    requests.incrementAndGet();
  }

  /** The request that {@link #requestStarted} announced is over. */
  public void requestEnded() {
    requests.decrementAndGet();
  }

  /** Requests on their way now. */
  public int requests() {
    return requests.get();
  }

  /**
   * Takes one of {@code limit} connections.
   *
   * @return false when all are taken; true: {@link #connectionClosed} must follow
   */
  public boolean tryOpenConnection(int limit) {
    if (connections.incrementAndGet() <= limit) {
      return true;
    }
    connections.decrementAndGet();
    return false;
  }

  /** Gives back what {@link #tryOpenConnection} took. */
  public void connectionClosed() {
    connections.decrementAndGet();
  }
}
