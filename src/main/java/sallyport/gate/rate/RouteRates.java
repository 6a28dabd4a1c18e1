package sallyport.gate.rate;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import sallyport.config.route.RouteConfig;
import sallyport.config.route.rate.RouteRateConfig;

/**
 * Rates of the routes of a gateway. A route keeps its buckets over reloads that do not change its
 * rate, and has the same ones at all listeners. Any thread.
 */
public final class RouteRates {
  private record Rule(String route, RouteRateConfig rate) {}

  private final LongSupplier nanoTime;
  private final Map<Rule, RateLimiter> limiters = new ConcurrentHashMap<>();

  /**
   * @param nanoTime such as {@link System#nanoTime()}
   */
  public RouteRates(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Returns the limiters of the routes that have a rate, by the names of the routes. */
  public Map<String, RateLimiter> of(List<RouteConfig> routes) {
    Map<String, RateLimiter> ofRoutes = new HashMap<>();
    for (RouteConfig route : routes) {
      if (!route.rate().limit().unlimited()) {
        ofRoutes.put(route.name(), limiters.computeIfAbsent(rule(route), this::limiter));
      }
    }
    return Map.copyOf(ofRoutes);
  }

  private RateLimiter limiter(Rule rule) {
    return new RateLimiter(rule.rate().limit(), RateLimiter.MAX_BUCKETS, nanoTime);
  }

  /** Forgets the rates of other routes. */
  public void retain(List<RouteConfig> routes) {
    Set<Rule> rules = new HashSet<>();
    routes.forEach(route -> rules.add(rule(route)));
    limiters.keySet().retainAll(rules);
  }

  private static Rule rule(RouteConfig route) {
    return new Rule(route.name(), route.rate());
  }
}
