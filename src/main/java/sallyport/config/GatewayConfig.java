package sallyport.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The whole configuration, checked: every reference resolves, every number is in range.
 *
 * @param listeners by name, in the order of the file; at least one
 * @param routes in the order of the file; the route table sorts them by how specific they are
 * @param backends by name
 * @param drainTimeout how long a stop waits for exchanges in flight; above 0
 */
public record GatewayConfig(
    RuntimeConfig runtime,
    Map<String, ListenerConfig> listeners,
    List<RouteConfig> routes,
    Map<String, BackendConfig> backends,
    AdminConfig admin,
    AccessLogConfig accessLog,
    Duration drainTimeout) {}
