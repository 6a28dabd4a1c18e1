package sallyport.gate;

import io.netty.handler.codec.http.HttpRequest;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig.Paths;
import sallyport.http.request.RequestTarget;
import sallyport.route.RouteMatch;
import sallyport.route.RouteRequest;
import sallyport.route.RouteTable;

/**
 * Lookup of routes, and the canonical form of the paths that it takes: that of the route that takes
 * the path, or else that of the listener. Immutable, any thread.
 */
final class RouteLookup implements PathRule {
  private final RouteTable routes;
  private final Paths listenerPaths;

  RouteLookup(RouteTable routes, Paths listenerPaths) {
    this.routes = routes;
    this.listenerPaths = listenerPaths;
  }

  /** Request as routes see it. */
  private record View(HttpRequest head, @Nullable String query) implements RouteRequest {
    @Override
    public String method() {
      return head.method().name();
    }

    @Override
    public List<String> header(String name) {
      return head.headers().getAll(name);
    }
  }

  /** Returns the route that takes the request; the asterisk belongs to the route of the root. */
  @Nullable RouteMatch match(String host, RequestTarget target, HttpRequest head) {
    RouteRequest request =
        routes.anyHasConditions() ? new View(head, target.query()) : RouteRequest.UNKNOWN;
    return routes.match(host, target.isAsterisk() ? "/" : target.path(), request);
  }

  @Override
  public @Nullable RequestTarget canonical(
      RequestTarget target, @Nullable String host, HttpRequest head) {
    if (host == null || target.isPlain() || !routes.anyHasOwnPaths()) {
      return canonical(target, listenerPaths);
    }
    RequestTarget passing = target.canonical(RequestTarget.Ambiguity.PASS);
    Paths paths =
        pathsOf(host, passing != null ? passing : canonical(target, Paths.NORMALISE), head);
    RequestTarget canonical = canonical(target, paths);
    Paths servingPaths = pathsOf(host, canonical, head);
    // Another route may take the normalised path: its canonical form must be the same.
    return servingPaths == paths || Objects.equals(canonical, canonical(target, servingPaths))
        ? canonical
        : null;
  }

  private Paths pathsOf(String host, @Nullable RequestTarget target, HttpRequest head) {
    RouteMatch match = target == null ? null : match(host, target, head);
    Paths own = match == null ? null : match.route().ambiguousPaths();
    return own == null ? listenerPaths : own;
  }

  private static @Nullable RequestTarget canonical(RequestTarget target, Paths paths) {
    return target.canonical(
        switch (paths) {
          case REJECT -> RequestTarget.Ambiguity.REJECT;
          case NORMALISE -> RequestTarget.Ambiguity.NORMALISE;
          case PASS -> RequestTarget.Ambiguity.PASS;
        });
  }
}
