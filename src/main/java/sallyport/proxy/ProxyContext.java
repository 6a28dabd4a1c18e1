package sallyport.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import sallyport.answer.RefusalLog;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.http.IdentityFieldsConfig;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.gate.RequestGate;
import sallyport.gate.rate.RateLimiter;
import sallyport.http.FieldNameSet;
import sallyport.http.forwarded.IdentityFields;
import sallyport.net.admission.BufferMemory;
import sallyport.net.transport.MinimumRate;
import sallyport.observe.Reason;
import sallyport.observe.access.AccessLog;
import sallyport.observe.access.ExchangeLog;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.DownstreamMetrics;
import sallyport.observe.metrics.RouteMetrics;
import sallyport.proxy.head.RouteTarget;
import sallyport.route.RouteTable;

/**
 * Shared parts of all exchanges of a listener. Immutable, any thread.
 *
 * @param gate decides which requests are admitted
 * @param targets of routes that forward, by the route's name
 * @param answers metrics of routes that answer, by the route's name
 * @param unrouted counts exchanges that no route served
 * @param identityFields fields by which clients must not claim an identity
 * @param pace applies the minimum rate to the clients of each event loop
 * @param memory tells whether there is room for another exchange
 */
public record ProxyContext(
    RequestGate gate,
    Map<String, RouteTarget> targets,
    Map<String, RouteMetrics> answers,
    RouteMetrics unrouted,
    DownstreamMetrics metrics,
    LimitsConfig limits,
    HttpRulesConfig rules,
    IdentityFields identityFields,
    Map<EventLoop, MinimumRate> pace,
    BufferMemory memory,
    RefusalLog refusals,
    AccessLog accessLog,
    AuditLog audit) {

  /**
   * Returns the context of a listener.
   *
   * @param loops of all its connections
   * @param unaudited whether exchanges are refused, because audit lines cannot be written
   * @param rates of the routes that have one, by the names of the routes
   */
  public static ProxyContext of(
      RouteTable routes,
      Map<String, RouteTarget> targets,
      Map<String, RouteMetrics> answers,
      RouteMetrics unrouted,
      DownstreamMetrics metrics,
      ListenerConfig.HttpProxy listener,
      Iterable<EventExecutor> loops,
      BufferMemory memory,
      BooleanSupplier unaudited,
      Map<String, RateLimiter> rates,
      AccessLog accessLog,
      AuditLog audit) {
    return new ProxyContext(
        new RequestGate(
            routes, listener.http(), listener.limits(), unaudited, memory::isExhausted, rates),
        targets,
        answers,
        unrouted,
        metrics,
        listener.limits(),
        listener.http(),
        identityFields(listener.http().identityFields()),
        MinimumRate.perLoop(loops, listener.limits().pace(), listener.limits().bodyIdleTimeout()),
        memory,
        new RefusalLog(listener.name(), metrics, audit),
        accessLog,
        audit);
  }

  private static IdentityFields identityFields(IdentityFieldsConfig config) {
    return new IdentityFields(
        new FieldNameSet(config.dropped(false), config.passing(false)),
        new FieldNameSet(config.dropped(true), config.passing(true)));
  }

  MinimumRate pace(EventLoop loop) {
    return Objects.requireNonNull(pace.get(loop));
  }

  RouteTarget target(RouteConfig route) {
    return Objects.requireNonNull(targets.get(route.name()));
  }

  RouteMetrics answers(RouteConfig route) {
    return Objects.requireNonNull(answers.get(route.name()));
  }

  /** Counts and logs an exchange that is over. */
  void finished(ExchangeLog exchange, RouteMetrics routeMetrics) {
    Reason failure = exchange.failure;
    routeMetrics.exchange(
        exchange.status,
        exchange.endNanos - exchange.startNanos,
        exchange.requestBytes,
        exchange.responseBytes,
        failure == null ? null : failure.flag());
    accessLog.record(exchange);
  }
}
