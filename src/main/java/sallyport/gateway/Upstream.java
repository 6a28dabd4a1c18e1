package sallyport.gateway;

import sallyport.config.BackendConfig;
import sallyport.tls.UpstreamTls;
import sallyport.upstream.UpstreamClient;

/** A backend with all that it takes to reach it. */
record Upstream(BackendConfig config, UpstreamTls tls, UpstreamClient client) {}
