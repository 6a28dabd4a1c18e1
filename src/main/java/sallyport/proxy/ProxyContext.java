package sallyport.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.http.HttpRulesConfig.Paths;
import sallyport.config.http.IdentityFieldsConfig;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.config.tls.ClientAccessConfig;
import sallyport.http.FieldNameSet;
import sallyport.http.IdentityFields;
import sallyport.http.RequestTarget;
import sallyport.net.ClientAuthentication;
import sallyport.net.ClientIdentity;
import sallyport.net.Failure;
import sallyport.net.admission.BufferMemory;
import sallyport.net.transport.MinimumRate;
import sallyport.observe.Reason;
import sallyport.observe.access.AccessLog;
import sallyport.observe.access.ExchangeLog;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.DownstreamMetrics;
import sallyport.observe.metrics.RouteMetrics;
import sallyport.route.RouteMatch;
import sallyport.route.RouteTable;
import sallyport.values.ClientAddress;

/**
 * What all exchanges of a listener share; immutable.
 *
 * @param targets by the route's name
 * @param identityFields what clients may not say of who they are
 * @param pace holds the clients of each event loop to a least rate
 * @param memory whether there is room for another exchange
 * @param unaudited whether exchanges are refused, because audit lines cannot be written
 * @param unrouted counts exchanges that no route served
 */
public record ProxyContext(
    RouteTable routes,
    Map<String, RouteTarget> targets,
    RouteMetrics unrouted,
    DownstreamMetrics metrics,
    LimitsConfig limits,
    HttpRulesConfig rules,
    IdentityFields identityFields,
    Map<EventLoop, MinimumRate> pace,
    BufferMemory memory,
    BooleanSupplier unaudited,
    AccessLog accessLog,
    AuditLog audit) {

  /**
   * For the listener that these limits and rules are of.
   *
   * @param loops of all its connections
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
        routes,
        targets,
        unrouted,
        metrics,
        listener.limits(),
        listener.http(),
        identityFields(listener.http().identityFields()),
        MinimumRate.perLoop(loops, listener.limits().pace(), listener.limits().bodyIdleTimeout()),
        memory,
        unaudited,
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
   * The target in the form that routes are matched with: as the route of its host that takes the
   * path wants it, else as the listener does.
   *
   * @param host null when it is not known; then as the listener wants it
   * @return null when the path can be read in two ways, and is refused for that
   */
  @Nullable RequestTarget canonical(RequestTarget target, @Nullable String host) {
    if (host == null || target.isPlain() || !routes.anyHasOwnPaths()) {
      return canonical(target, rules.paths());
    }
    RequestTarget passing = target.canonical(RequestTarget.Ambiguity.PASS);
    Paths paths = pathsOf(host, passing != null ? passing : canonical(target, Paths.NORMALISE));
    RequestTarget canonical = canonical(target, paths);
    Paths ofServing = pathsOf(host, canonical);
    // Another route may serve what is normalised: it must read the path as the first one does.
    return ofServing == paths || Objects.equals(canonical, canonical(target, ofServing))
        ? canonical
        : null;
  }

  private Paths pathsOf(String host, @Nullable RequestTarget target) {
    RouteMatch match = target == null ? null : match(host, target);
    Paths own = match == null ? null : match.route().ambiguousPaths();
    return own == null ? rules.paths() : own;
  }

  private static @Nullable RequestTarget canonical(RequestTarget target, Paths paths) {
    return target.canonical(
        switch (paths) {
          case REJECT -> RequestTarget.Ambiguity.REJECT;
          case NORMALISE -> RequestTarget.Ambiguity.NORMALISE;
          case PASS -> RequestTarget.Ambiguity.PASS;
        });
  }

  /** The asterisk asks the server as a whole: that is whatever serves its root. */
  @Nullable RouteMatch match(String host, RequestTarget target) {
    return routes.match(host, target.isAsterisk() ? "/" : target.path());
  }

  RouteTarget target(RouteMatch match) {
    return Objects.requireNonNull(targets.get(match.route().name()));
  }

  /**
   * Whether a backend could take the path for one of a route that demands more than the one that
   * serves it. Counts and audits it when so.
   */
  boolean evades(ExchangeLog exchange, RouteMatch match, RequestTarget target) {
    RouteConfig evaded = target.isAsterisk() ? null : match.evaded(target.path(), limits);
    if (evaded == null) {
      return false;
    }
    String reason = Failure.Client.AMBIGUOUS_ROUTE.flag();
    metrics.requestRefused(reason);
    audit.record(
        new AuditEvent.AmbiguousRoute(
            exchange.listener, exchange.client, reason, match.route().name(), evaded.name()));
    return true;
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

  /**
   * Whether a client may go on: at the listener, or with a route. Counts and audits it when not.
   *
   * @param route null for the listener as a whole
   * @return null when it may
   */
  Failure.@Nullable Access refusal(
      ExchangeLog exchange, ClientAuthentication proof, @Nullable RouteConfig route) {
    Failure.Access failure = route == null ? proof.refusal() : ofRoute(proof, route.access());
    if (failure != null) {
      String detail = proof.detail();
      metrics.requestRefused(failure.flag());
      audit.record(
          new AuditEvent.AccessRefused(
              exchange.listener,
              exchange.client,
              exchange.route,
              failure.flag(),
              detail == null ? "" : detail,
              exchange.clientCertificate));
    }
    return failure;
  }

  private static Failure.@Nullable Access ofRoute(
      ClientAuthentication proof, ClientAccessConfig asked) {
    if (!asked.required() && asked.allow().isEmpty()) {
      return null;
    }
    ClientIdentity identity = proof.identity();
    if (identity == null) {
      return Failure.Access.CLIENT_CERTIFICATE_REQUIRED;
    }
    return identity.isOneOf(asked.allow()) ? null : Failure.Access.CLIENT_NOT_LISTED;
  }

  /** Counts a refusal before any route was looked for, and audits it. */
  void refused(ExchangeLog exchange, Failure.Client failure) {
    refused(exchange.listener, exchange.client, failure);
  }

  /** The same of a client whose exchange is over. */
  void refused(String listener, ClientAddress client, Failure.Client failure) {
    metrics.requestRefused(failure.flag());
    audit.record(new AuditEvent.RequestRefused(listener, client, failure.flag()));
  }
}
