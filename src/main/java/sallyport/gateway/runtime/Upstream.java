package sallyport.gateway.runtime;

import sallyport.config.backend.BackendConfig;
import sallyport.connect.UpstreamClient;
import sallyport.tls.upstream.UpstreamTls;

/** Backend with its TLS and its client. */
public record Upstream(BackendConfig config, UpstreamTls tls, UpstreamClient client) {}
