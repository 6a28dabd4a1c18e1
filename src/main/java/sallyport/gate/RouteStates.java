package sallyport.gate;

import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import sallyport.config.route.RouteConfig;
import sallyport.gate.rate.RateLimiter;

/**
 * Changing state of routes, by their names.
 *
 * @param rates of the routes that have one
 * @param maintenance whether the routes are in maintenance now that have a file for it
 */
public record RouteStates(
    Map<String, RateLimiter> rates, Map<String, BooleanSupplier> maintenance) {
  /** For routes without state. */
  public static final RouteStates NONE = new RouteStates(Map.of(), Map.of());

  RateLimiter rate(RouteConfig route) {
    return Objects.requireNonNull(rates.get(route.name()));
  }

  boolean isInMaintenance(RouteConfig route) {
    if (!route.maintenance().isSet()) {
      return false;
    }
    BooleanSupplier file = maintenance.get(route.name());
    return route.maintenance().on() || (file != null && file.getAsBoolean());
  }
}
