package sallyport.config;

import java.time.Duration;
import java.util.List;

/**
 * A service behind the gateway, reached over mutual TLS at one of its endpoints.
 *
 * @param endpoints at least one
 * @param connectTimeout TCP connect and TLS handshake together; above 0
 */
public record BackendConfig(
    String name,
    List<EndpointConfig> endpoints,
    Balance balance,
    UpstreamTlsConfig tls,
    PoolConfig pool,
    Duration connectTimeout,
    ConfigLocation location) {
  /** How an endpoint is chosen. */
  public enum Balance {
    ROUND_ROBIN,
    LEAST_REQUESTS
  }

  /**
   * @param host a name or an IP address, IPv6 without brackets
   * @param port 1 to 65535
   */
  public record EndpointConfig(String host, int port) {
    @Override
    public String toString() {
      return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
  }
}
