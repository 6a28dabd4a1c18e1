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
import sallyport.route.RouteTable;

/**
 * What all exchanges of a listener share; immutable.
 *
 * @param gate decides which requests are admitted
 * @param targets by the route's name
 * @param identityFields what clients may not say of who they are
 * @param pace holds the clients of each event loop to a least rate
 * @param memory whether there is room for another exchange
 * @param unrouted counts exchanges that no route served
 */
public record ProxyContext(
    RequestGate gate,
    Map<String, RouteTarget> targets,
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
   * For the listener that these limits and rules are of.
   *
   * @param loops of all its connections
   * @param unaudited whether exchanges are refused, because audit lines cannot be written
   */
  public static ProxyContext of(
      RouteTable routes,
      Map<String, RouteTarget> targets,
      RouteMetrics unrouted,
      DownstreamMetrics metrics,
      ListenerConfig.Tls listener,
      Iterable<EventExecutor> loops,
      BufferMemory memory,
      BooleanSupplier unaudited,
      AccessLog accessLog,
      AuditLog audit) {
    return new ProxyContext(
        new RequestGate(routes, listener.http(), listener.limits(), unaudited, memory::isExhausted),
        targets,
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

  /** Writes down an exchange that is over. */
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
