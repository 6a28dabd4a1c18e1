package sallyport.gate;

import io.netty.handler.codec.http.HttpRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.route.RouteConfig;
import sallyport.config.tls.ClientAccessConfig;
import sallyport.gate.rate.RateKey;
import sallyport.http.ConnectionAuthentication;
import sallyport.http.ReceivedVersion;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.http.request.Authority;
import sallyport.http.request.MaxForwards;
import sallyport.http.request.RequestedHost;
import sallyport.net.ClientAuthentication;
import sallyport.net.ClientIdentity;
import sallyport.net.Failure;
import sallyport.route.RouteMatch;
import sallyport.route.RouteTable;
import sallyport.values.ClientAddress;

/**
 * Admission of requests at a proxied listener. The checks are, in this order: the head, the
 * gateway's own limits, the client against the listener, then its address and its certificate
 * against the route, its maintenance and its rate. Counts nothing but rates, and logs nothing.
 *
 * <p>One object for each listener. Immutable, any thread.
 */
public final class RequestGate {
  private static final String NOT_FROM_HERE = "allow-from and deny-from of the route";

  private final HeadCheck heads;
  private final RouteLookup routes;
  private final LimitsConfig limits;
  private final BooleanSupplier unaudited;
  private final BooleanSupplier memoryExhausted;
  private final RouteStates states;

  /**
   * For one listener, with its rules and limits.
   *
   * @param unaudited whether audit lines cannot be written now, so that exchanges are refused
   * @param memoryExhausted whether buffers are at their limit now
   * @param states of the routes
   */
  public RequestGate(
      RouteTable routes,
      HttpRulesConfig rules,
      LimitsConfig limits,
      BooleanSupplier unaudited,
      BooleanSupplier memoryExhausted,
      RouteStates states) {
    this.routes = new RouteLookup(routes, rules.paths());
    this.heads =
        new HeadCheck(rules.allowTrace(), /* asterisk= */ true, Authority.HTTPS_PORT, this.routes);
    this.limits = limits;
    this.unaudited = unaudited;
    this.memoryExhausted = memoryExhausted;
    this.states = states;
  }

  /**
   * Decides on a request by its head and its connection.
   *
   * @param client its origin, as trusted proxies tell it
   */
  public Decision decide(
      HttpRequest head, ReceivedVersion version, ConnectionInfo connection, ClientAddress client) {
    return switch (heads.check(head, version, connection.serverName())) {
      case Refused refused -> refused;
      case SoundHead sound -> decide(sound, head, version, connection, client);
    };
  }

  private Decision decide(
      SoundHead sound,
      HttpRequest head,
      ReceivedVersion version,
      ConnectionInfo connection,
      ClientAddress client) {
    Failure failure = listenerFailure(sound.host(), connection);
    if (failure != null) {
      return sound.refused(failure).because(detail(failure, connection.proof()));
    }
    RouteMatch match = routes.match(sound.host().name(), sound.target(), head);
    if (match == null) {
      return sound.refused(Failure.Gateway.NO_ROUTE);
    }
    RouteConfig route = match.route();
    RouteConfig evaded =
        sound.target().isAsterisk() || !route.isForwarded()
            ? null
            : match.evaded(sound.target().path(), limits);
    if (evaded != null) {
      return sound.refused(Failure.Client.AMBIGUOUS_ROUTE).under(route, evaded.name());
    }
    if (!route.sources().takes(client.client().getAddress())) {
      return sound.refused(Failure.Access.CLIENT_ADDRESS_NOT_ALLOWED).under(route, NOT_FROM_HERE);
    }
    Failure.Access access = routeFailure(connection.proof(), route.access());
    if (access != null) {
      return sound.refused(access).under(route, detail(access, connection.proof()));
    }
    if (states.isInMaintenance(route)) {
      long seconds = route.maintenance().retryAfter().toSeconds();
      return later(sound, Failure.Gateway.MAINTENANCE, route, seconds);
    }
    if (!route.rate().limit().unlimited()) {
      Refused tooMany = overRate(sound, route, RateKey.of(route.rate(), head, connection, client));
      if (tooMany != null) {
        return tooMany;
      }
    }
    if (!route.isForwarded()) {
      return new Decision.AnsweredByRoute(sound, route);
    }
    if (MaxForwards.isSpent(head)) {
      return new Decision.AnsweredHere(sound, route);
    }
    boolean authenticates = ConnectionAuthentication.isUsedBy(head.headers());
    if (authenticates && version.sharesConnection()) {
      // Other streams on this connection must not get the identity of this one.
      return unserved(
          sound, Failure.Client.HTTP_1_1_REQUIRED, Refused.Reply.RESET_HTTP_1_1_REQUIRED, route);
    }
    if (sound.webSocket() && !route.webSocket()) {
      return unserved(sound, Failure.Client.UPGRADE_NOT_SUPPORTED, Refused.Reply.ANSWER, route);
    }
    String path = BackendPath.of(route, sound.target());
    if (path == null) {
      return unserved(sound, Failure.Client.AMBIGUOUS_URI, Refused.Reply.ANSWER, route);
    }
    return new Decision.Admitted(sound, route, path, authenticates);
  }

  /** Returns why the request is refused before routing; null if it is not. */
  private @Nullable Failure listenerFailure(RequestedHost host, ConnectionInfo connection) {
    if (unaudited.getAsBoolean()) {
      return Failure.Gateway.AUDIT_LOG_UNWRITABLE;
    }
    if (isForAnotherName(host, connection)) {
      return Failure.Client.MISDIRECTED;
    }
    Failure.Access refusal = connection.proof().refusal();
    if (refusal != null) {
      return refusal;
    }
    return memoryExhausted.getAsBoolean() ? Failure.Gateway.OUT_OF_MEMORY : null;
  }

  /**
   * Returns whether the client's certificate was requested under another name than the request's
   * (RFC 9110 section 15.5.20). A handshake without a name passes: the rules on client certificates
   * are the listener's, the same for each name.
   */
  private static boolean isForAnotherName(RequestedHost host, ConnectionInfo connection) {
    String serverName = connection.serverName();
    return connection.oneHost() && serverName != null && !host.isServerName(serverName);
  }

  private static Failure.@Nullable Access routeFailure(
      ClientAuthentication proof, ClientAccessConfig access) {
    if (!access.required() && access.allow().isEmpty()) {
      return null;
    }
    ClientIdentity identity = proof.identity();
    if (identity == null) {
      return Failure.Access.CLIENT_CERTIFICATE_REQUIRED;
    }
    return identity.isOneOf(access.allow()) ? null : Failure.Access.CLIENT_NOT_LISTED;
  }

  /** Returns the refusal of a request that comes too soon; null for another. */
  private @Nullable Refused overRate(SoundHead sound, RouteConfig route, Object key) {
    long nanos = states.rate(route).take(key);
    if (nanos == 0) {
      return null;
    }
    long seconds = Math.ceilDiv(nanos, TimeUnit.SECONDS.toNanos(1));
    return later(sound, Failure.Client.TOO_MANY_REQUESTS, route, seconds);
  }

  /** Returns the refusal of a request that may come again. */
  private static Refused later(SoundHead sound, Failure failure, RouteConfig route, long seconds) {
    Map<String, String> fields = new HashMap<>(route.securityHeaders());
    fields.put("retry-after", String.valueOf(seconds));
    return sound.refused(failure).under(route, "").withFields(Map.copyOf(fields));
  }

  private static String detail(Failure failure, ClientAuthentication proof) {
    String detail = failure instanceof Failure.Access ? proof.detail() : null;
    return detail == null ? "" : detail;
  }

  /** Returns the refusal of a client that may use the route, but not with this request. */
  private static Refused unserved(
      SoundHead head, Failure failure, Refused.Reply reply, RouteConfig route) {
    return new Refused(
        failure,
        reply,
        head.bodyless(),
        head.target(),
        head.host(),
        route.name(),
        route.backends().size() == 1 ? route.backendText() : "",
        "",
        route.securityHeaders());
  }
}
