package sallyport.config.backend;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.HostPort;
import sallyport.config.backend.sticky.StickyConfig;
import sallyport.config.health.HealthConfig;
import sallyport.config.http.PingsConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;

/**
 * A service behind the gateway, reached over mutual TLS at one of its endpoints.
 *
 * @param endpoints as written; at least one, if there is no file of them
 * @param endpointsFile has further ones; null for none
 * @param hash what chooses the endpoint; null unless the balance is {@code HASH}
 * @param sticky how clients keep the endpoint of their first request
 * @param slowStart until an endpoint that comes back has all of its weight; zero: at once
 * @param protocol what is spoken over TLS
 * @param pings when an HTTP/2 connection is asked whether the backend is there
 * @param proxyProtocol whether each connection begins by saying for which client it is
 * @param connectTimeout name, TCP connect and TLS handshake together; above 0
 * @param lenient the rules that its responses may break
 */
public record BackendConfig(
    String name,
    List<EndpointConfig> endpoints,
    @Nullable EndpointsFileConfig endpointsFile,
    Balance balance,
    @Nullable HashConfig hash,
    @Section("sticky") StickyConfig sticky,
    @Section("tls") UpstreamTlsConfig tls,
    @Section("pool") PoolConfig pool,
    @Section("ejection") EjectionConfig ejection,
    @Section("health") HealthConfig health,
    @Limit(
            key = "slow-start",
            min = "100ms",
            max = "1h",
            orZero = true,
            looser = Looser.NEVER,
            reason = "which endpoint serves, not who is served")
        Duration slowStart,
    Protocol protocol,
    @Section(value = "http2.ping", apart = "how soon a backend that is away is noticed")
        PingsConfig pings,
    @Section("limits") BackendLimitsConfig limits,
    @Section("retries") RetriesConfig retries,
    ProxyProtocol proxyProtocol,
    @Limit(
            key = "connect-timeout",
            min = "10ms",
            max = "5m",
            looser = Looser.NEVER,
            reason = "how long work may take")
        Duration connectTimeout,
    Set<Leniency> lenient,
    ConfigLocation location) {
  /** Choice of an endpoint. */
  public enum Balance {
    ROUND_ROBIN,
    /** The less busy one of two, in proportion to their weights. */
    LEAST_REQUESTS,
    /** The same one for requests of the same key. */
    HASH
  }

  /** Protocol to a backend. */
  public enum Protocol {
    /**
     * HTTP/2 where the backend takes it by ALPN, else HTTP/1.1; WebSockets always over HTTP/1.1.
     */
    AUTO,
    HTTP1,
    /** A backend that does not take it is not used. */
    HTTP2
  }

  /** The PROXY protocol of HAProxy, towards a backend. */
  public enum ProxyProtocol {
    OFF,
    V1,
    V2
  }

  /**
   * Watched file of endpoints.
   *
   * @param services whether services may be among them: the resolver knows such
   */
  public record EndpointsFileConfig(Path file, boolean services, ConfigLocation location) {}

  /**
   * @param host a name or an IP address, IPv6 without brackets; for a service its whole name,
   *     {@code _service._proto.name} (RFC 2782)
   * @param port 1 to 65535; 0 for a service, whose records have the ports
   * @param weight its share, in proportion to those of the others
   * @param backup whether it serves only where no other endpoint can
   */
  public record EndpointConfig(
      String host,
      int port,
      @Limit(
              key = "weight",
              min = "1",
              max = "1000",
              looser = Looser.NEVER,
              reason = "how load is shared")
          int weight,
      boolean backup) {
    /** The word before the name of a service. */
    static final String SERVICE = "srv:";

    /** Returns whether it stands for the hosts of a service. */
    public boolean isService() {
      return port == 0;
    }

    /**
     * Returns the name that its certificate is verified for, if nothing else is configured. For a
     * service it is the name of its domain, and not the hosts that DNS tells: they are not proven
     * (RFC 9525 section 6.1).
     */
    public String provenName() {
      return isService() ? host.split("\\.", 3)[2] : host;
    }

    /** Returns {@code HOST:PORT} or {@code srv:NAME}, which names it in a backend. */
    @Override
    public String toString() {
      return isService() ? SERVICE + host : HostPort.text(host, port);
    }
  }
}
