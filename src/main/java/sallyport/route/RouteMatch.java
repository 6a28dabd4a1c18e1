package sallyport.route;

import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.route.RouteConfig;

/**
 * The route that serves a path, and those of the same host that demand more than it does.
 * Immutable.
 */
public final class RouteMatch {
  /**
   * @param folded its path as the backend of the served route could fold it
   */
  private record Stricter(RouteConfig route, String folded) {}

  private final RouteConfig route;
  private final PathFolder folder;
  private final List<Stricter> stricter;

  /** Whether a path that needs no folding may be the folded form of a route's. */
  private final boolean foldedRoutes;

  /**
   * @param neighbours the routes that serve some path of the same host
   */
  RouteMatch(RouteConfig route, List<RouteConfig> neighbours) {
    this.route = route;
    this.folder = new PathFolder(route.backendFolds());
    this.stricter =
        folder.foldsNothing() && route.ambiguousPaths() != HttpRulesConfig.Paths.PASS
            ? List.of()
            : neighbours.stream()
                .filter(neighbour -> RouteDemands.mayExceed(neighbour, route))
                .map(other -> new Stricter(other, foldedPath(other)))
                .toList();
    this.foldedRoutes =
        stricter.stream().anyMatch(other -> !other.folded().equals(other.route().path()));
  }

  private String foldedPath(RouteConfig other) {
    List<String> forms = folder.forms(other.path());
    return forms == null ? other.path() : forms.getFirst();
  }

  /** The route that the path falls under as it came. */
  public RouteConfig route() {
    return route;
  }

  /**
   * Finds a route that a backend could be made to believe the path to be of, and that demands what
   * the one that serves it does not. Costs one look at the path where there may be such a route,
   * and nothing where there is none.
   *
   * @param path as it goes to the backend before any rewriting, in canonical form
   * @param limits of the listener
   * @return null when there is none
   */
  public @Nullable RouteConfig evaded(String path, LimitsConfig limits) {
    if (stricter.isEmpty()) {
      return null;
    }
    PathFolder.Effort effort = folder.effort(path);
    if (effort == PathFolder.Effort.NONE && !foldedRoutes) {
      return null;
    }
    List<String> forms = effort == PathFolder.Effort.FOLD ? folder.forms(path) : List.of();
    for (int i = 0; i < stricter.size(); i++) {
      Stricter other = stricter.get(i);
      boolean falls =
          forms == null
              || (!RouteConfig.takes(other.route().path(), path)
                  && (effort == PathFolder.Effort.FOLD
                      ? forms.stream().anyMatch(form -> RouteConfig.takes(other.folded(), form))
                      : takes(other.folded(), path)));
      if (falls
          && RouteDemands.exceed(
              other.route(), route, limits.maxBodyBytes(), limits.pace().minRequestRate())) {
        return other.route();
      }
    }
    return null;
  }

  private boolean takes(String prefix, String path) {
    return path.regionMatches(folder.foldsCase(), 0, prefix, 0, prefix.length())
        && (path.length() == prefix.length()
            || prefix.endsWith("/")
            || path.charAt(prefix.length()) == '/');
  }
}
