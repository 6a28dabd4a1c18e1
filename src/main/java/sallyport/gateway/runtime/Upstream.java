package sallyport.gateway.runtime;

import sallyport.config.backend.BackendConfig;
import sallyport.connect.UpstreamClient;
import sallyport.tls.upstream.UpstreamTls;

/** Backend with its TLS and its client. Immutable. Any thread. */
public record Upstream(BackendConfig config, UpstreamTls tls, UpstreamClient client) {}
