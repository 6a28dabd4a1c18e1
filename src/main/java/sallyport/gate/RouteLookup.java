package sallyport.gate;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig.Paths;
import sallyport.http.request.RequestTarget;
import sallyport.route.RouteMatch;
import sallyport.route.RouteTable;

/**
 * Finds routes by targets, and gives targets the form that routes are matched with: as the route
 * that takes the path wants it, else as the listener does. Immutable.
 */
final class RouteLookup implements PathRule {
  private final RouteTable routes;
  private final Paths ofListener;

  RouteLookup(RouteTable routes, Paths ofListener) {
    this.routes = routes;
    this.ofListener = ofListener;
  }

  /** The asterisk asks the server as a whole: that is the route that serves its root. */
  @Nullable RouteMatch match(String host, RequestTarget target) {
    return routes.match(host, target.isAsterisk() ? "/" : target.path());
  }

  @Override
  public @Nullable RequestTarget canonical(RequestTarget target, @Nullable String host) {
    if (host == null || target.isPlain() || !routes.anyHasOwnPaths()) {
      return canonical(target, ofListener);
    }
    RequestTarget passing = target.canonical(RequestTarget.Ambiguity.PASS);
    Paths paths = pathsOf(host, passing != null ? passing : canonical(target, Paths.NORMALISE));
    RequestTarget canonical = canonical(target, paths);
    Paths ofServing = pathsOf(host, canonical);
    // Another route may serve what is normalised: it must read the path as the first one does.
    return ofServing == paths || Objects.equals(canonical, canonical(target, ofServing))
        ? canonical
        : null;
  }

  private Paths pathsOf(String host, @Nullable RequestTarget target) {
    RouteMatch match = target == null ? null : match(host, target);
    Paths own = match == null ? null : match.route().ambiguousPaths();
    return own == null ? ofListener : own;
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
