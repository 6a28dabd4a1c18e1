package sallyport.gateway;

import sallyport.config.backend.BackendConfig;
import sallyport.connect.UpstreamClient;
import sallyport.tls.upstream.UpstreamTls;

/** Backend with its TLS and its client. */
record Upstream(BackendConfig config, UpstreamTls tls, UpstreamClient client) {}
