package sallyport.route;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.RouteConfig;
import sallyport.config.tls.ClientAccessConfig;

/** Demands of a route on its requests, and their comparison with those of another one. */
final class RouteDemands {
  private RouteDemands() {}

  /**
   * Whether a route demands anything that another does not.
   *
   * @param maxBody of the listener, for routes without a limit of their own
   * @param minRate likewise
   */
  static boolean exceed(RouteConfig route, RouteConfig other, long maxBody, long minRate) {
    return (!route.isForwarded() && other.isForwarded())
        || access(route.access(), other.access())
        || route.sources().demandsMoreThan(other.sources())
        || route.rate().demandsMoreThan(other.rate())
        || own(route.maxBodyBytes(), maxBody) < own(other.maxBodyBytes(), maxBody)
        || own(route.minRequestRate(), minRate) > own(other.minRequestRate(), minRate)
        || (!route.webSocket() && other.webSocket())
        || headers(route.securityHeaders(), other.securityHeaders())
        || !other.requestFields().replaced().containsAll(route.requestFields().replaced());
  }

  /** The same where it is not known which listener the request comes through. */
  static boolean mayExceed(RouteConfig route, RouteConfig other) {
    return exceed(route, other, 0, Long.MAX_VALUE) || exceed(route, other, Long.MAX_VALUE, 0);
  }

  private static long own(@Nullable Long value, long ofListener) {
    return Objects.requireNonNullElse(value, ofListener);
  }

  private static boolean access(ClientAccessConfig asked, ClientAccessConfig other) {
    boolean certificate = asked.required() || !asked.allow().isEmpty();
    boolean otherCertificate = other.required() || !other.allow().isEmpty();
    boolean allowsMore =
        !asked.allow().isEmpty()
            && (other.allow().isEmpty() || !asked.allow().containsAll(other.allow()));
    return (certificate && !otherCertificate) || allowsMore;
  }

  private static boolean headers(Map<String, String> set, Map<String, String> other) {
    return !other.entrySet().containsAll(set.entrySet());
  }
}
