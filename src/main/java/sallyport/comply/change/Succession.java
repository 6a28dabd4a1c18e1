package sallyport.comply.change;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.backend.BackendConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.config.route.match.MatchConfig;
import sallyport.config.setting.Settings;

/**
 * Pairs of listeners, routes and backends of two configurations where one takes the traffic of the
 * other. Names do not matter: a renamed part is compared with its predecessor.
 */
public final class Succession {
  /**
   * Two routes with requests that the first took and the second takes now.
   *
   * @param before of the configuration before
   * @param after of the one after
   */
  record Routes(RouteConfig before, RouteConfig after) {}

  /**
   * The same of two backends.
   *
   * @param before of the configuration before
   * @param after of the one after
   */
  public record Backends(BackendConfig before, BackendConfig after) {
    /** For people, such as {@code backend b, which takes requests of backend a}. */
    public String subject() {
      return Succession.subject("backend", before.name(), after.name());
    }
  }

  private Succession() {}

  /** Such as {@code route b, which takes requests of route a}; names that are the same once. */
  static String subject(String kind, String before, String after) {
    String subject = kind + " " + after;
    return before.equals(after)
        ? subject
        : subject + ", which takes requests of " + kind + " " + before;
  }

  /**
   * All pairs of routes that have requests in common. Of two routes, these are at the narrower of
   * their hosts and the longer of their paths: a route that is in the way there is in the way of
   * all that they have in common.
   */
  static List<Routes> routes(GatewayConfig before, GatewayConfig after) {
    return before.routes().stream()
        .flatMap(
            old ->
                after.routes().stream()
                    .filter(next -> share(old, next, before, after))
                    .map(next -> new Routes(old, next)))
        .toList();
  }

  private static boolean share(
      RouteConfig old, RouteConfig next, GatewayConfig before, GatewayConfig after) {
    String host =
        takesHost(old, next.host()) ? next.host() : takesHost(next, old.host()) ? old.host() : null;
    String path =
        RouteConfig.takes(old.path(), next.path())
            ? next.path()
            : RouteConfig.takes(next.path(), old.path()) ? old.path() : null;
    // What takes requests under conditions is compared with what takes them without.
    MatchConfig ofOld = old.match().isEmpty() ? next.match() : old.match();
    MatchConfig ofNext = next.match().isEmpty() ? old.match() : next.match();
    return host != null
        && path != null
        && Settings.same(old, taker(before, host, path, ofOld))
        && Settings.same(next, taker(after, host, path, ofNext));
  }

  /** The route that takes these requests, by the rules of {@code RouteTable}; null for none. */
  private static @Nullable RouteConfig taker(
      GatewayConfig config, String host, String path, MatchConfig match) {
    return config.routes().stream()
        .filter(route -> takesHost(route, host) && RouteConfig.takes(route.path(), path))
        .filter(route -> route.match().isEmpty() || route.match().equals(match))
        .max(
            Comparator.comparingInt((RouteConfig route) -> route.host().startsWith("*") ? 0 : 1)
                .thenComparingInt(route -> route.host().length())
                .thenComparingInt(route -> route.path().length())
                .thenComparing(route -> !route.match().isEmpty()))
        .orElse(null);
  }

  /**
   * @param host as a configuration has it, with {@code *} too
   */
  static boolean takesHost(RouteConfig route, String host) {
    return route.host().equals(host)
        || route.host().equals("*")
        || (route.host().startsWith("*.") && host.endsWith(route.host().substring(1)));
  }

  /** All pairs of backends: those of one name, and those that have had requests in common. */
  public static Set<Backends> backends(GatewayConfig before, GatewayConfig after) {
    Stream<Backends> sameName =
        after.backends().values().stream()
            .flatMap(next -> pair(before, next.name(), after, next.name()).stream());
    Stream<Backends> sameRequests =
        routes(before, after).stream()
            .flatMap(
                routes ->
                    routes.before().backends().stream()
                        .flatMap(
                            old ->
                                routes.after().backends().stream()
                                    .flatMap(next -> pair(before, old, after, next).stream())));
    Set<Backends> pairs = new LinkedHashSet<>();
    Stream.concat(sameName, sameRequests).forEach(pairs::add);
    return pairs;
  }

  private static Optional<Backends> pair(
      GatewayConfig before, String oldName, GatewayConfig after, String name) {
    BackendConfig old = before.backends().get(oldName);
    BackendConfig next = after.backends().get(name);
    return old == null || next == null ? Optional.empty() : Optional.of(new Backends(old, next));
  }

  /**
   * The listener of the same name and kind, or else the one at the same address; null for none.
   *
   * @param in the other configuration
   */
  public static <T extends ListenerConfig> @Nullable T counterpart(
      Class<T> kind, ListenerConfig listener, GatewayConfig in) {
    ListenerConfig same = in.listeners().get(listener.name());
    if (kind.isInstance(same)) {
      return kind.cast(same);
    }
    return in.listeners().values().stream()
        .filter(kind::isInstance)
        .filter(other -> other.bind().port() != 0 && other.bind().equals(listener.bind()))
        .map(kind::cast)
        .findFirst()
        .orElse(null);
  }
}
