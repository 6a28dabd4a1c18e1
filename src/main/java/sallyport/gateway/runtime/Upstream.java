package sallyport.gateway.runtime;

import org.jspecify.annotations.Nullable;
import sallyport.config.backend.BackendConfig;
import sallyport.connect.UpstreamClient;
import sallyport.connect.endpoint.EndpointFeed;
import sallyport.connect.endpoint.EndpointsFile;
import sallyport.tls.upstream.UpstreamTls;

/**
 * Backend with its TLS, its client and the feed of its endpoints. Immutable. Any thread.
 *
 * @param feed closed first: it tells the client of changes
 * @param endpointsFile null where the configuration has all endpoints
 */
public record Upstream(
    BackendConfig config,
    UpstreamTls tls,
    UpstreamClient client,
    EndpointFeed feed,
    @Nullable EndpointsFile endpointsFile) {}
