package sallyport.gateway;

import sallyport.config.backend.BackendConfig;
import sallyport.connect.UpstreamClient;
import sallyport.tls.upstream.UpstreamTls;

/** A backend with all that it takes to reach it. */
record Upstream(BackendConfig config, UpstreamTls tls, UpstreamClient client) {}
