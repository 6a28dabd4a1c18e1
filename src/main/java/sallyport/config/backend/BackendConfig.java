package sallyport.config.backend;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.EndpointAddress;
import sallyport.config.address.LocalAddress;
import sallyport.config.address.PeerUser;
import sallyport.config.backend.exception.ExceptionConfig;
import sallyport.config.backend.sticky.StickyConfig;
import sallyport.config.health.HealthConfig;
import sallyport.config.http.PingsConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;

/**
 * A service behind the gateway, reached at one of its endpoints: over mutual TLS, in plain on this
 * machine, or by TLS of clients that passes unopened.
 *
 * @param endpoints as written; at least one, if there is no file of them
 * @param endpointsFile has further ones; null for none
 * @param hash what chooses the endpoint; null unless the balance is {@code HASH}
 * @param sticky how clients keep the endpoint of their first request
 * @param slowStart until an endpoint that comes back has all of its weight; zero: at once
 * @param protocol what is spoken; without TLS never {@code AUTO}, since there is no ALPN
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
    @Section("") Security security,
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
  /** Way by which what is sent to a backend is kept from others. */
  public sealed interface Security {
    /** Mutual TLS. */
    record MutualTls(@Section("tls") UpstreamTlsConfig tls) implements Security {}

    /**
     * Nothing: no octet leaves this machine. All endpoints are local.
     *
     * @param peerUser who listens at Unix sockets
     */
    record PlainLocal(PeerUser peerUser) implements Security {}

    /**
     * TLS between the client and the endpoint, which the gateway does not open. It holds for
     * listeners with {@code pass-through} alone, which let nothing else through.
     */
    record PassThrough() implements Security {}
  }

  /** Returns the settings of TLS; empty for a plain backend. */
  public Optional<UpstreamTlsConfig> tls() {
    return switch (security) {
      case Security.MutualTls(UpstreamTlsConfig tls) -> Optional.of(tls);
      case Security.PlainLocal plain -> Optional.empty();
      case Security.PassThrough passes -> Optional.empty();
    };
  }

  /** Returns what it may do beside the policy, for a time; null: nothing. */
  public @Nullable ExceptionConfig exception() {
    return switch (security) {
      case Security.MutualTls(UpstreamTlsConfig tls) -> tls.exception();
      case Security.PlainLocal plain -> null;
      case Security.PassThrough passes -> null;
    };
  }

  /** Returns the name that certificates are verified for; null: that of each endpoint. */
  public @Nullable String serverName() {
    return switch (security) {
      case Security.MutualTls(UpstreamTlsConfig tls) -> tls.serverName();
      case Security.PlainLocal plain -> null;
      case Security.PassThrough passes -> null;
    };
  }

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
    HTTP2,
    /** TCP streams, without ALPN: each client's connection has one of its own. */
    TCP,
    /** Sessions of PostgreSQL, as TCP, with SSLRequest before TLS. */
    POSTGRES,
    /** TLS of clients, which passes unopened: the gateway adds none. */
    PASS_THROUGH
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
   * @param address as it is written, which names it in a backend
   * @param weight its share, in proportion to those of the others
   * @param backup whether it serves only where no other endpoint can
   */
  public record EndpointConfig(
      EndpointAddress address,
      @Limit(
              key = "weight",
              min = "1",
              max = "1000",
              looser = Looser.NEVER,
              reason = "how load is shared")
          int weight,
      boolean backup) {
    /** Returns whether it stands for the hosts of a service. */
    public boolean isService() {
      return address instanceof EndpointAddress.Service;
    }

    /**
     * Returns the name that its certificate is verified for, if nothing else is configured. For a
     * service it is the name of its domain, and not the hosts that DNS tells: they are not proven
     * (RFC 9525 section 6.1).
     *
     * @return {@code localhost} for a Unix socket, which has no certificate
     */
    public String provenName() {
      return switch (address) {
        case EndpointAddress.Host host -> host.host();
        case EndpointAddress.Service service -> service.domain();
        case LocalAddress.UnixSocket socket -> "localhost";
      };
    }

    /** Returns the Host of requests for which nothing else is configured. */
    public String hostField() {
      return switch (address) {
        case EndpointAddress.Host host -> host.toString();
        case EndpointAddress.Service service -> provenName();
        case LocalAddress.UnixSocket socket -> provenName();
      };
    }

    /** Returns the port, 1 to 65535; 0 for a service and for a Unix socket. */
    public int port() {
      return switch (address) {
        case EndpointAddress.Host host -> host.port();
        case EndpointAddress.Service service -> 0;
        case LocalAddress.UnixSocket socket -> 0;
      };
    }

    /** Returns {@code HOST:PORT}, {@code srv:NAME} or {@code unix:/PATH}. */
    @Override
    public String toString() {
      return address.toString();
    }
  }
}
