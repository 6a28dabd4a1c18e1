package sallyport.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.RouteConfig;
import sallyport.values.HostNames;

/**
 * Table that finds the route of a request: the most specific host first (exact, then the longest
 * wildcard, then {@code *}), and for that host the longest path. A host whose routes do not match
 * the path gives way to the next, less specific one. Of routes with the same host and path, those
 * with conditions come first, in the order of the file. Immutable.
 */
public final class RouteTable {
  private final Map<String, HostRoutes> exact = new HashMap<>();

  /** By the suffix that follows the star, such as {@code .example.org}. */
  private final Map<String, HostRoutes> wildcard = new HashMap<>();

  private final HostRoutes any;
  private final boolean servesAny;
  private final boolean anyHasOwnPaths;
  private final boolean anyHasConditions;

  /** The routes in any order; no two have the same host and path. */
  public RouteTable(List<RouteConfig> routes) {
    Map<String, List<RouteConfig>> byHost = new HashMap<>();
    for (RouteConfig route : routes) {
      byHost.computeIfAbsent(route.host(), host -> new ArrayList<>()).add(route);
    }
    Comparator<RouteConfig> longestPathFirst =
        Comparator.comparingInt((RouteConfig route) -> route.path().length())
            .reversed()
            .thenComparing(route -> route.match().isEmpty());
    byHost.values().forEach(list -> list.sort(longestPathFirst));
    for (String host : byHost.keySet()) {
      if (host.startsWith("*.")) {
        wildcard.put(host.substring(1), new HostRoutes(inOrder(host, byHost)));
      } else if (!host.equals("*")) {
        exact.put(host, new HostRoutes(inOrder(host, byHost)));
      }
    }
    any = new HostRoutes(byHost.getOrDefault("*", List.of()));
    servesAny = byHost.containsKey("*");
    anyHasConditions = routes.stream().anyMatch(route -> !route.match().isEmpty());
    anyHasOwnPaths = routes.stream().anyMatch(route -> route.ambiguousPaths() != null);
  }

  /** The routes of a host, then of each less specific one. */
  private static List<RouteConfig> inOrder(String host, Map<String, List<RouteConfig>> byHost) {
    List<RouteConfig> routes = new ArrayList<>(byHost.getOrDefault(host, List.of()));
    int from = host.startsWith("*.") ? 2 : 0;
    for (int dot = host.indexOf('.', from); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      routes.addAll(byHost.getOrDefault("*" + host.substring(dot), List.of()));
    }
    routes.addAll(byHost.getOrDefault("*", List.of()));
    return routes;
  }

  /** Finds the route of a request of which no more is known. */
  public @Nullable RouteMatch match(String name, String path) {
    return match(name, path, RouteRequest.UNKNOWN);
  }

  /**
   * Finds the route of a request.
   *
   * @param name of the host, lower case, without a port
   * @param path as it will be forwarded, without the query
   * @return null when no route serves this request
   */
  public @Nullable RouteMatch match(String name, String path, RouteRequest request) {
    HostRoutes routes = routesOf(HostNames.withoutRoot(name));
    return (routes == null ? any : routes).match(path, request);
  }

  /** Returns whether any route has conditions beside host and path. */
  public boolean anyHasConditions() {
    return anyHasConditions;
  }

  /** Whether any route has a way of its own with paths that can be read in two ways. */
  public boolean anyHasOwnPaths() {
    return anyHasOwnPaths;
  }

  /** Returns whether any route serves this host, for any path; the name is lower case. */
  public boolean servesHost(String name) {
    return servesAny || routesOf(HostNames.withoutRoot(name)) != null;
  }

  private @Nullable HostRoutes routesOf(String host) {
    HostRoutes routes = exact.get(host);
    for (int dot = host.indexOf('.');
        routes == null && dot >= 0 && !wildcard.isEmpty();
        dot = host.indexOf('.', dot + 1)) {
      routes = wildcard.get(host.substring(dot));
    }
    return routes;
  }
}
