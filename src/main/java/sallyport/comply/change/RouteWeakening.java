package sallyport.comply.change;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import sallyport.comply.change.findings.DeclaredLimits;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.comply.change.tls.ClientWeakening;
import sallyport.config.GatewayConfig;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.config.http.HttpRulesConfig.Paths;
import sallyport.config.route.FieldRulesConfig;
import sallyport.config.route.PathFolding;
import sallyport.config.route.RewriteConfig;
import sallyport.config.route.RouteConfig;
import sallyport.config.route.SecurityHeaders;
import sallyport.config.route.SourcesConfig;
import sallyport.config.route.pattern.PathRewrite;

/** Access that routes open, and demands on clients that they drop. */
final class RouteWeakening {
  private RouteWeakening() {}

  static void find(GatewayConfig before, GatewayConfig after, List<String> lines) {
    for (RouteConfig route : after.routes()) {
      WeakeningList findings = new WeakeningList("route " + route.name(), lines);
      hosts(route, before, findings);
      route.backends().forEach(backend -> reach(route, backend, before, after, findings));
    }
    for (Succession.Routes routes : Succession.routes(before, after)) {
      compare(routes.before(), before, routes.after(), after, lines);
    }
  }

  private static void compare(
      RouteConfig old,
      GatewayConfig before,
      RouteConfig route,
      GatewayConfig after,
      List<String> lines) {
    WeakeningList findings =
        new WeakeningList(Succession.subject("route", old.name(), route.name()), lines);
    if (!old.isForwarded() && route.isForwarded()) {
      findings.add(
          "forwards to backend " + route.backendText() + " what the gateway answered before");
    }
    limits(old, before, route, after, findings);
    ClientWeakening.find(old.access(), route.access(), findings);
    sources(old.sources(), route.sources(), findings);
    if (!old.rate().limit().unlimited() && !old.rate().by().equals(route.rate().by())) {
      findings.changed("rate.key", old.rate().by(), route.rate().by());
    }
    headers("security-headers", old.securityHeaders(), route.securityHeaders(), findings);
    headers(
        "request-headers.set", old.requestFields().set(), route.requestFields().set(), findings);
    removals("request-headers", old.requestFields(), route.requestFields(), findings);
    removals("response-headers", old.responseFields(), route.responseFields(), findings);
    protections(old.responseFields(), route.responseFields(), findings);
    if (!Objects.equals(old.ambiguousPaths(), route.ambiguousPaths())) {
      findings.looser(
          "ambiguous-paths",
          Objects.requireNonNullElse(old.ambiguousPaths(), paths(before)),
          Objects.requireNonNullElse(route.ambiguousPaths(), paths(after)),
          List.of(Paths.values()));
    }
    findings.looser(
        "rewrite.location",
        old.rewrite().location(),
        route.rewrite().location(),
        List.of(RewriteConfig.Location.values()));
    String copies = route.mirror().backend();
    if (copies != null && !copies.equals(old.mirror().backend())) {
      findings.add("mirror.backend: copies of requests go to backend " + copies);
    }
    findings.without("backend-folds", words(old), words(route));
    findings.switchedOn("websocket", old.webSocket(), route.webSocket());
    DeclaredLimits.find("", old, route, findings);
  }

  /** Hosts by the dozen, among them such as an attacker makes up, are not opened in passing. */
  private static void hosts(RouteConfig route, GatewayConfig before, WeakeningList findings) {
    if (route.host().startsWith("*")
        && before.routes().stream().noneMatch(old -> Succession.takesHost(old, route.host()))) {
      findings.add("serves hosts that were not served: " + route.host());
    }
  }

  /** Of a backend that was open in part, more is opened. */
  private static void reach(
      RouteConfig route,
      String backend,
      GatewayConfig before,
      GatewayConfig after,
      WeakeningList findings) {
    Set<String> endpoints = endpoints(backend, after);
    List<String> reached =
        before.routes().stream()
            .filter(
                old ->
                    old.backends().stream()
                        .anyMatch(
                            each ->
                                each.equals(backend)
                                    || !Collections.disjoint(endpoints(each, before), endpoints)))
            .flatMap(old -> pathsAtBackend(old).stream())
            .toList();
    for (String path : pathsAtBackend(route)) {
      if (!reached.isEmpty()
          && reached.stream().noneMatch(prefix -> RouteConfig.takes(prefix, path))) {
        findings.add(
            "opens %s of backend %s, of which %s was open"
                .formatted(path, backend, String.join(", ", reached)));
      }
    }
  }

  /** A backend is the same one under another name, and with other weights. */
  private static Set<String> endpoints(String name, GatewayConfig in) {
    BackendConfig backend = Objects.requireNonNull(in.backends().get(name));
    Set<String> endpoints =
        backend.endpoints().stream().map(EndpointConfig::toString).collect(Collectors.toSet());
    if (backend.endpointsFile() != null) {
      endpoints.add("file " + backend.endpointsFile().file());
    }
    return endpoints;
  }

  /** Prefixes; a path that a pattern does not match stays as it is. */
  private static List<String> pathsAtBackend(RouteConfig route) {
    PathRewrite rewrite = route.rewrite().path();
    if (rewrite == null) {
      return List.of(Objects.requireNonNullElse(route.rewrite().prefix(), route.path()));
    }
    String fixed = rewrite.to().beginning();
    boolean whole = fixed.equals(rewrite.to().text());
    return List.of(route.path(), whole ? fixed : fixed.substring(0, fixed.lastIndexOf('/') + 1));
  }

  private static void limits(
      RouteConfig old,
      GatewayConfig before,
      RouteConfig route,
      GatewayConfig after,
      WeakeningList findings) {
    // Where neither has a limit of its own, the listener's is compared as such.
    if (!Objects.equals(old.minRequestRate(), route.minRequestRate())) {
      findings.loweredBytes(
          "min-request-rate",
          Objects.requireNonNullElse(old.minRequestRate(), minRequestRate(before)),
          Objects.requireNonNullElse(route.minRequestRate(), minRequestRate(after)));
    }
  }

  /** The loosest of all listeners. */
  private static long minRequestRate(GatewayConfig config) {
    return config.httpProxies().stream()
        .mapToLong(listener -> listener.limits().pace().minRequestRate())
        .min()
        .orElse(0);
  }

  /** The loosest of all listeners, for routes without a way of their own. */
  private static Paths paths(GatewayConfig config) {
    return config.httpProxies().stream()
        .map(listener -> listener.http().paths())
        .max(Comparator.naturalOrder())
        .orElse(Paths.REJECT);
  }

  private static Set<String> words(RouteConfig route) {
    return route.backendFolds().stream().map(PathFolding::word).collect(Collectors.toSet());
  }

  private static void sources(SourcesConfig before, SourcesConfig after, WeakeningList findings) {
    List<String> allowed = after.beyond(before);
    if (!allowed.isEmpty()) {
      findings.add("allow-from: also " + String.join(", ", allowed));
    }
    List<String> undenied = before.deny().beyond(after.deny());
    if (!undenied.isEmpty()) {
      findings.add("deny-from: no longer " + String.join(", ", undenied));
    }
  }

  /** Another value may be a looser one: that cannot be known for all fields. */
  private static void headers(
      String key, Map<String, String> before, Map<String, String> after, WeakeningList findings) {
    new TreeMap<>(before)
        .forEach(
            (name, value) -> {
              String now = after.get(name);
              if (now == null) {
                findings.add(key + ": " + name + " is no longer set");
              } else if (!now.equals(value)) {
                findings.add(key + ": " + name + " has another value");
              }
            });
  }

  /** What was removed passes. */
  private static void removals(
      String key, FieldRulesConfig before, FieldRulesConfig after, WeakeningList findings) {
    Set<String> passing = new TreeSet<>(before.remove());
    passing.removeAll(after.replaced());
    // To replace these is the looser way.
    passing.removeAll(SecurityHeaders.PROTECTIVE);
    passing.forEach(name -> findings.add(key + ".remove: " + name + " is no longer removed"));
  }

  /** A field of a backend's response that protects a browser's user gets lost. */
  private static void protections(
      FieldRulesConfig before, FieldRulesConfig after, WeakeningList findings) {
    Set<String> lost = new TreeSet<>(after.replaced());
    lost.removeAll(before.replaced());
    lost.retainAll(SecurityHeaders.PROTECTIVE);
    lost.forEach(name -> findings.add("response-headers: " + name + " of the backend is replaced"));
  }
}
