package sallyport.proxy;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.BackendConfig;
import sallyport.config.route.RouteConfig;
import sallyport.connect.ClientTransport;
import sallyport.http.request.RequestTarget;
import sallyport.observe.metrics.RouteMetrics;

/** A route with all that serving it takes. */
public record RouteTarget(RouteConfig route, ClientTransport client, RouteMetrics metrics) {
  /** The path that goes to the backend; what the route does not replace of it is as it came. */
  String rewrite(RequestTarget target) {
    String prefix = route.rewrite().prefix();
    if (prefix == null) {
      return target.rawPath();
    }
    String rest = target.rawPathFrom(route.path().length());
    if (prefix.endsWith("/") && rest.startsWith("/")) {
      return prefix + rest.substring(1);
    }
    return prefix.endsWith("/") || rest.startsWith("/") || rest.isEmpty()
        ? prefix + rest
        : prefix + "/" + rest;
  }

  /** What the backend sees as Host, or null for what the client sent. */
  @Nullable String rewrittenHost() {
    return route.rewrite().host();
  }

  /**
   * What the backend sees as Host where neither the client nor the route names one: the name that
   * it proves to have, else its first endpoint.
   */
  String backendHost() {
    BackendConfig backend = client.cluster().config();
    String proven = backend.tls().serverName();
    return proven != null ? proven : backend.endpoints().getFirst().toString();
  }

  /** Fields that go on every response of this route, lower case. */
  Map<String, String> securityHeaders() {
    return route.securityHeaders();
  }

  /** The most that a request body may have, in bytes. */
  long maxBody(long listenerLimit) {
    Long own = route.maxBodyBytes();
    return own != null ? own : listenerLimit;
  }

  /** The least rate of a request body, in bytes a second; 0 for none. */
  long minRequestRate(long listenerRate) {
    Long own = route.minRequestRate();
    return own != null ? own : listenerRate;
  }
}
