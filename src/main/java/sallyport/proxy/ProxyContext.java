package sallyport.proxy;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import sallyport.answer.RefusalLog;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.http.IdentityFieldsConfig;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.config.route.page.ErrorPagesConfig;
import sallyport.gate.RequestGate;
import sallyport.gate.RouteStates;
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
import sallyport.proxy.head.RouteTargets;
import sallyport.proxy.stream.PinnedConnections;
import sallyport.route.RouteTable;
import sallyport.values.ClientAddress;

/**
 * Shared parts of all exchanges of a listener. Immutable, any thread.
 *
 * @param gate decides which requests are admitted
 * @param targets of routes that forward, by the route's name
 * @param answers metrics of routes that answer, by the route's name
 * @param errorPages of the routes, by the route's name, and of the gateway by the empty name
 * @param unrouted counts exchanges that no route served
 * @param identityFields fields by which clients must not claim an identity
 * @param pace applies the minimum rate to the clients of each event loop
 * @param memory tells whether there is room for another exchange
 */
public record ProxyContext(
    RequestGate gate,
    Map<String, RouteTargets> targets,
    Map<String, RouteMetrics> answers,
    Map<String, ErrorPagesConfig> errorPages,
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
   * @param states of the routes
   */
  public static ProxyContext of(
      RouteTable routes,
      Map<String, RouteTargets> targets,
      Map<String, RouteMetrics> answers,
      Map<String, ErrorPagesConfig> errorPages,
      RouteMetrics unrouted,
      DownstreamMetrics metrics,
      ListenerConfig.Http listener,
      Iterable<EventExecutor> loops,
      BufferMemory memory,
      BooleanSupplier unaudited,
      RouteStates states,
      AccessLog accessLog,
      AuditLog audit) {
    return new ProxyContext(
        new RequestGate(
            routes, listener.http(), listener.limits(), unaudited, memory::isExhausted, states),
        targets,
        answers,
        errorPages,
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

  /**
   * Returns the target of a request: one that the client's connection has a login with, or that of
   * its share.
   */
  RouteTarget target(
      RouteConfig route, HttpHeaders received, ClientAddress from, PinnedConnections pins) {
    RouteTargets choice = Objects.requireNonNull(targets.get(route.name()));
    List<RouteTarget> all = choice.all();
    for (int i = 0; i < all.size() && all.size() > 1; i++) {
      if (pins.get(all.get(i).client()) != null) {
        return all.get(i);
      }
    }
    return choice.choose(received, from);
  }

  RouteMetrics answers(RouteConfig route) {
    return Objects.requireNonNull(answers.get(route.name()));
  }

  /** Returns the pages of a route by its name; those of the gateway without one. */
  ErrorPagesConfig errorPages(String route) {
    return errorPages.getOrDefault(route, ErrorPagesConfig.NONE);
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
