package sallyport.proxy.head;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.config.backend.HashConfig;
import sallyport.config.route.RouteConfig;
import sallyport.connect.ClientTransport;
import sallyport.observe.metrics.RouteMetrics;
import sallyport.proxy.mirror.Mirror;
import sallyport.values.ClientAddress;

/**
 * Route with the client and the metrics that serve it. Immutable, any thread.
 *
 * @param mirror sends copies of its requests; null for none
 */
public record RouteTarget(
    RouteConfig route, ClientTransport client, RouteMetrics metrics, @Nullable Mirror mirror) {
  /** Returns the name of the backend. */
  public String backend() {
    return client.cluster().config().name();
  }

  /** Returns the Host that the route sets; null if the client's is kept. */
  @Nullable String rewrittenHost() {
    return route.rewrite().host();
  }

  /**
   * Returns the Host if neither the client nor the route names one: the server name that the
   * backend's certificate is verified for, or else its first endpoint.
   */
  String backendHost() {
    String proven = client.cluster().config().serverName();
    EndpointConfig first = client.cluster().endpoints().getFirst().written();
    return proven != null ? proven : first.hostField();
  }

  /**
   * Returns what the choice of an endpoint is hashed from.
   *
   * @param received fields as the client sent them
   * @return null where the balance needs none, or the request has none
   */
  public @Nullable String balanceKey(HttpHeaders received, ClientAddress from) {
    HashConfig hash = client.cluster().config().hash();
    return hash == null ? null : BalanceKey.of(hash, received, from);
  }

  /**
   * Takes the cookie by which the client keeps its endpoint out of the fields of a request.
   *
   * @return the endpoint; null where clients keep none, or this one has no valid cookie
   */
  public @Nullable Endpoint takePreferred(HttpHeaders headers) {
    Cluster cluster = client.cluster();
    String name = cluster.config().sticky().cookie();
    String token = name == null ? null : StickyCookie.take(name, headers);
    return token == null ? null : cluster.endpointOf(token);
  }

  /**
   * Adds the cookie of the endpoint that answers, if the client does not keep it already.
   *
   * @param preferred the endpoint that the client keeps; null without one
   */
  public void keepEndpoint(HttpHeaders headers, Endpoint answers, @Nullable Endpoint preferred) {
    Cluster cluster = client.cluster();
    if (cluster.isSticky() && !answers.equals(preferred)) {
      headers.add(
          HttpHeaderNames.SET_COOKIE,
          StickyCookie.field(cluster.config().sticky(), cluster.token(answers)));
    }
  }

  /** Returns the fields that the route sets on every response, lower case. */
  public Map<String, String> securityHeaders() {
    return route.securityHeaders();
  }

  /** Returns the maximum size of a request body in bytes. */
  public long maxBody(long listenerLimit) {
    Long own = route.maxBodyBytes();
    return own != null ? own : listenerLimit;
  }

  /**
   * Returns the setting that limits the size of a request body, with its value, for logs.
   *
   * @param held whether the body is held until it is whole
   */
  public String maxBodySetting(String listener, long listenerLimit, boolean held) {
    if (held && route.bufferRequests() < maxBody(listenerLimit)) {
      return route.location().path()
          + ".buffer-requests = "
          + RouteConfig.sizeOf(route.bufferRequests());
    }
    String at =
        route.maxBodyBytes() != null
            ? route.location().path()
            : "listeners." + listener + ".limits";
    return at + ".max-body = " + RouteConfig.sizeOf(maxBody(listenerLimit));
  }

  /** Returns the minimum rate of a request body in bytes a second; 0 for none. */
  public long minRequestRate(long listenerRate) {
    Long own = route.minRequestRate();
    return own != null ? own : listenerRate;
  }
}
