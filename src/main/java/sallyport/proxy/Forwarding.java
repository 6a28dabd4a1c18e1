package sallyport.proxy;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.HttpRulesConfig;
import sallyport.config.LimitsConfig;
import sallyport.config.RouteConfig;
import sallyport.http.Exchange;
import sallyport.http.Failure;
import sallyport.http.RequestTarget;
import sallyport.logging.AccessLog;
import sallyport.logging.AuditEvent;
import sallyport.logging.AuditLog;
import sallyport.metrics.DownstreamMetrics;
import sallyport.metrics.RouteMetrics;
import sallyport.route.RouteTable;

/**
 * What all exchanges of a listener share; immutable.
 *
 * @param targets by the route's name
 * @param unrouted counts exchanges that no route served
 */
public record Forwarding(
    RouteTable routes,
    Map<String, RouteTarget> targets,
    RouteMetrics unrouted,
    DownstreamMetrics metrics,
    LimitsConfig limits,
    HttpRulesConfig rules,
    AccessLog accessLog,
    AuditLog audit) {

  /** The asterisk asks the server as a whole: that is whatever serves its root. */
  @Nullable RouteTarget match(String host, RequestTarget target) {
    RouteConfig route = routes.match(host, target.isAsterisk() ? "/" : target.path());
    return route == null ? null : targets.get(route.name());
  }

  /** Writes down an exchange that is over. */
  void finished(Exchange exchange, RouteMetrics routeMetrics) {
    Failure failure = exchange.failure;
    routeMetrics.exchange(
        exchange.status,
        exchange.endNanos - exchange.startNanos,
        exchange.requestBytes,
        exchange.responseBytes,
        failure == null ? null : failure.flag());
    accessLog.record(exchange);
  }

  /** Counts a refusal before any route was looked for, and audits it. */
  void refused(Exchange exchange, Failure.Client failure) {
    metrics.requestRefused(failure.flag());
    audit.record(new AuditEvent.RequestRefused(exchange.listener, exchange.client, failure.flag()));
  }
}
