package sallyport.gateway.runtime;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.BackendConfig;
import sallyport.connect.UpstreamClient;
import sallyport.connect.endpoint.EndpointFeed;
import sallyport.connect.endpoint.EndpointsFile;
import sallyport.connect.security.MutualTls;
import sallyport.connect.security.PassThrough;
import sallyport.connect.security.PlainLocal;
import sallyport.connect.security.Security;
import sallyport.tls.upstream.UpstreamTls;

/**
 * Backend with its security, its client and the feed of its endpoints. Immutable. Any thread.
 *
 * @param feed closed first: it tells the client of changes
 * @param endpointsFile null where the configuration has all endpoints
 */
public record Upstream(
    BackendConfig config,
    Security security,
    UpstreamClient client,
    EndpointFeed feed,
    @Nullable EndpointsFile endpointsFile) {
  /** Returns whether TLS of clients passes to it, and nothing else may. */
  boolean takesPassingTls() {
    return security instanceof PassThrough;
  }

  /** Returns TLS to the backend; empty where the gateway speaks none. */
  public Optional<UpstreamTls> tls() {
    return switch (security) {
      case MutualTls(UpstreamTls tls) -> Optional.of(tls);
      case PlainLocal plain -> Optional.empty();
      case PassThrough passes -> Optional.empty();
    };
  }
}
