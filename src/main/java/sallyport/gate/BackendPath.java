package sallyport.gate;

import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig.Paths;
import sallyport.config.route.RouteConfig;
import sallyport.config.route.pattern.PathRewrite;
import sallyport.http.request.RequestTarget;

/** Paths that backends get: as received, but for what the route replaces. Stateless, any thread. */
final class BackendPath {
  /** Many times what a request line holds: groups may be repeated. */
  private static final int MAX_LENGTH = 64 * 1024;

  private BackendPath() {}

  /**
   * Returns the path.
   *
   * @return null where a pattern makes something of the path that could be read in two ways
   */
  static @Nullable String of(RouteConfig route, RequestTarget target) {
    PathRewrite rewrite = route.rewrite().path();
    String prefix = route.rewrite().prefix();
    if (target.isAsterisk()) {
      return target.rawPath();
    }
    if (rewrite != null) {
      return rewritten(route, rewrite, target);
    }
    return prefix == null ? target.rawPath() : withPrefix(route, prefix, target);
  }

  private static String withPrefix(RouteConfig route, String prefix, RequestTarget target) {
    String rest = target.rawPathFrom(route.path().length());
    if (prefix.endsWith("/") && rest.startsWith("/")) {
      return prefix + rest.substring(1);
    }
    return prefix.endsWith("/") || rest.startsWith("/") || rest.isEmpty()
        ? prefix + rest
        : prefix + "/" + rest;
  }

  /**
   * Matches the canonical path: another spelling of a letter evades no pattern. Groups can compose
   * what was no dot segment and no percent-encoding before, so that the result is judged like a
   * received path.
   */
  private static @Nullable String rewritten(
      RouteConfig route, PathRewrite rewrite, RequestTarget target) {
    String path = rewrite.of(target.path());
    if (path == null) {
      return target.rawPath();
    }
    RequestTarget parsed =
        path.startsWith("//") || path.length() > MAX_LENGTH ? null : RequestTarget.parse(path);
    boolean sound =
        parsed != null
            && parsed.query() == null
            && parsed.canonical(
                    route.ambiguousPaths() == Paths.PASS
                        ? RequestTarget.Ambiguity.PASS
                        : RequestTarget.Ambiguity.REJECT)
                != null;
    return sound ? path : null;
  }
}
