package sallyport.gateway.reload;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.credentials.rotation.Rotatable;
import sallyport.gateway.runtime.GatewayRuntime;
import sallyport.gateway.runtime.Service;
import sallyport.observe.metrics.GatewayMetrics;

/** The time series that the parts of runtimes have. */
final class ServedMetrics {
  private ServedMetrics() {}

  /** Returns the series of all parts of these runtimes, and of the admin listeners. */
  static GatewayMetrics.Served of(List<GatewayRuntime> runtimes) {
    Set<String> listeners = new HashSet<>();
    Set<GatewayMetrics.Pair> routes = new HashSet<>();
    Set<GatewayMetrics.Pair> endpoints = new HashSet<>();
    Set<GatewayMetrics.Pair> peers = new HashSet<>();
    Set<GatewayMetrics.Pair> rotated = new HashSet<>();
    Set<GatewayMetrics.Pair> keys = new HashSet<>();
    Set<GatewayMetrics.Pair> streams = new HashSet<>();
    routes.add(new GatewayMetrics.Pair(Service.HttpProxy.UNROUTED, Service.HttpProxy.UNROUTED));
    for (GatewayRuntime runtime : runtimes) {
      listeners.addAll(runtime.listeners().keySet());
      runtime.config().admin().listeners().forEach(admin -> listeners.add(admin.name()));
      peers.addAll(runtime.peers());
      keys.addAll(runtime.keysUsed());
      for (Rotatable rotatable : runtime.rotatables()) {
        rotated.add(new GatewayMetrics.Pair(rotatable.kind().label(), rotatable.name()));
      }
      for (RouteConfig route : runtime.config().routes()) {
        route.reached().forEach(each -> routes.add(new GatewayMetrics.Pair(route.name(), each)));
        if (!route.isForwarded()) {
          routes.add(new GatewayMetrics.Pair(route.name(), RouteConfig.NO_BACKEND));
        }
      }
      for (ListenerConfig.Streams stream : runtime.config().streams()) {
        for (String backend : stream.stream().forwardTo().backends()) {
          streams.add(new GatewayMetrics.Pair(stream.name(), backend));
        }
      }
      runtime
          .upstreams()
          .forEach(
              (name, upstream) ->
                  upstream
                      .client()
                      .cluster()
                      .endpoints()
                      .forEach(
                          endpoint ->
                              endpoints.add(new GatewayMetrics.Pair(name, endpoint.name()))));
    }
    return new GatewayMetrics.Served(listeners, routes, endpoints, peers, rotated, keys, streams);
  }
}
