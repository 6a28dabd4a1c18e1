package sallyport.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.RouteConfig;

/**
 * Finds the route of a request: the most specific host first (exact, then the longest wildcard,
 * then {@code *}), and for that host the longest path. A host whose routes do not match the path
 * gives way to the next, less specific one.
 */
public final class RouteTable {
  private final Map<String, List<RouteConfig>> exact = new HashMap<>();

  /** By the suffix that follows the star, such as {@code .example.org}. */
  private final Map<String, List<RouteConfig>> wildcard = new HashMap<>();

  private final List<RouteConfig> any = new ArrayList<>();

  /** The routes in any order; no two have the same host and path. */
  public RouteTable(List<RouteConfig> routes) {
    for (RouteConfig route : routes) {
      routesOf(route.host()).add(route);
    }
    Comparator<RouteConfig> longestPathFirst =
        Comparator.comparingInt((RouteConfig route) -> route.path().length()).reversed();
    exact.values().forEach(list -> list.sort(longestPathFirst));
    wildcard.values().forEach(list -> list.sort(longestPathFirst));
    any.sort(longestPathFirst);
  }

  private List<RouteConfig> routesOf(String host) {
    if (host.equals("*")) {
      return any;
    }
    return host.startsWith("*.")
        ? wildcard.computeIfAbsent(host.substring(1), suffix -> new ArrayList<>())
        : exact.computeIfAbsent(host, name -> new ArrayList<>());
  }

  /**
   * @param name of the host, lower case, without a port
   * @param path as it will be forwarded, without the query
   * @return null when no route serves this request
   */
  public @Nullable RouteConfig match(String name, String path) {
    String host = withoutRoot(name);
    RouteConfig route = longest(exact.get(host), path);
    for (int dot = host.indexOf('.');
        route == null && dot >= 0 && !wildcard.isEmpty();
        dot = host.indexOf('.', dot + 1)) {
      route = longest(wildcard.get(host.substring(dot)), path);
    }
    return route != null ? route : longest(any, path);
  }

  /** Whether any route serves this host, whatever the path; the name is lower case. */
  public boolean servesHost(String name) {
    String host = withoutRoot(name);
    if (!any.isEmpty() || exact.containsKey(host)) {
      return true;
    }
    for (int dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      if (wildcard.containsKey(host.substring(dot))) {
        return true;
      }
    }
    return false;
  }

  /** {@code a.test.} is {@code a.test} to backends too, and must not be anybody else's here. */
  private static String withoutRoot(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static @Nullable RouteConfig longest(@Nullable List<RouteConfig> routes, String path) {
    if (routes != null) {
      for (int i = 0; i < routes.size(); i++) {
        if (RouteConfig.takes(routes.get(i).path(), path)) {
          return routes.get(i);
        }
      }
    }
    return null;
  }
}
