package sallyport.route;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.RouteConfig;

/** The routes of a host and those of less specific hosts behind them. Immutable. */
final class HostRoutes {
  private final List<RouteMatch> matches;

  /**
   * @param routes the first that takes a path serves it
   */
  HostRoutes(List<RouteConfig> routes) {
    List<RouteConfig> serving = new ArrayList<>();
    for (RouteConfig route : routes) {
      // Where one before it takes the whole of its path it serves nothing.
      if (serving.stream()
          .filter(before -> before.match().isEmpty())
          .noneMatch(before -> RouteConfig.takes(before.path(), route.path()))) {
        serving.add(route);
      }
    }
    this.matches = serving.stream().map(route -> new RouteMatch(route, serving)).toList();
  }

  @Nullable RouteMatch match(String path, RouteRequest request) {
    for (int i = 0; i < matches.size(); i++) {
      RouteMatch match = matches.get(i);
      if (RouteConfig.takes(match.route().path(), path)
          && RouteConditions.hold(match.route().match(), request)) {
        return match;
      }
    }
    return null;
  }
}
