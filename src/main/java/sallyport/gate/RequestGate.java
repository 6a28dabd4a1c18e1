package sallyport.gate;

import io.netty.handler.codec.http.HttpRequest;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.route.RouteConfig;
import sallyport.config.tls.ClientAccessConfig;
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

/**
 * Decides which requests of a proxied listener are admitted, in this order: the head must be sound,
 * the gateway able to serve, the client one of the listener's, and then one of the route's.
 *
 * <p>One object a listener; immutable, any thread. Nothing is counted or written down here.
 */
public final class RequestGate {
  private final HeadCheck heads;
  private final RouteLookup routes;
  private final LimitsConfig limits;
  private final BooleanSupplier unaudited;
  private final BooleanSupplier memoryExhausted;

  /**
   * For the listener that these rules and limits are of.
   *
   * @param unaudited whether exchanges are refused now, because audit lines cannot be written
   * @param memoryExhausted whether there is no room now for another exchange
   */
  public RequestGate(
      RouteTable routes,
      HttpRulesConfig rules,
      LimitsConfig limits,
      BooleanSupplier unaudited,
      BooleanSupplier memoryExhausted) {
    this.routes = new RouteLookup(routes, rules.paths());
    this.heads =
        new HeadCheck(rules.allowTrace(), /* asterisk= */ true, Authority.HTTPS_PORT, this.routes);
    this.limits = limits;
    this.unaudited = unaudited;
    this.memoryExhausted = memoryExhausted;
  }

  /** Decides on a request by its head and by the connection that it came over. */
  public Decision decide(HttpRequest head, ReceivedVersion version, ConnectionInfo connection) {
    return switch (heads.check(head, version, connection.serverName())) {
      case Refused refused -> refused;
      case SoundHead sound -> decide(sound, head, version, connection);
    };
  }

  private Decision decide(
      SoundHead sound, HttpRequest head, ReceivedVersion version, ConnectionInfo connection) {
    Failure failure = ofListener(sound.host(), connection);
    if (failure != null) {
      return sound.refused(failure).with("", detail(failure, connection.proof()));
    }
    RouteMatch match = routes.match(sound.host().name(), sound.target());
    if (match == null) {
      return sound.refused(Failure.Gateway.NO_ROUTE);
    }
    RouteConfig route = match.route();
    RouteConfig evaded =
        sound.target().isAsterisk() ? null : match.evaded(sound.target().path(), limits);
    if (evaded != null) {
      return sound.refused(Failure.Client.AMBIGUOUS_ROUTE).with(route.name(), evaded.name());
    }
    Failure.Access access = ofRoute(connection.proof(), route.access());
    if (access != null) {
      return sound.refused(access).with(route.name(), detail(access, connection.proof()));
    }
    if (MaxForwards.isSpent(head)) {
      return new Decision.AnsweredHere(sound, route);
    }
    boolean authenticates = ConnectionAuthentication.isUsedBy(head.headers());
    if (authenticates && version.sharesConnection()) {
      // What authenticates a connection must not come over one that others share.
      return unserved(
          sound, Failure.Client.HTTP_1_1_REQUIRED, Refused.Reply.RESET_HTTP_1_1_REQUIRED, route);
    }
    if (sound.webSocket() && !route.webSocket()) {
      return unserved(sound, Failure.Client.UPGRADE_NOT_SUPPORTED, Refused.Reply.ANSWER, route);
    }
    return new Decision.Admitted(sound, route, authenticates);
  }

  /** Why no route of the listener is asked; null when one is. */
  private @Nullable Failure ofListener(RequestedHost host, ConnectionInfo connection) {
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
   * Whether the client's certificate was asked for under another name than the request's (RFC 9110
   * section 15.5.20). A handshake without a name was for none in particular: what is demanded of
   * the certificate is the listener's, the same for each name.
   */
  private static boolean isForAnotherName(RequestedHost host, ConnectionInfo connection) {
    String serverName = connection.serverName();
    return connection.clientAuth() && serverName != null && !host.isServerName(serverName);
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

  private static String detail(Failure failure, ClientAuthentication proof) {
    String detail = failure instanceof Failure.Access ? proof.detail() : null;
    return detail == null ? "" : detail;
  }

  /** The client may use the route, but not in this way. */
  private static Refused unserved(
      SoundHead head, Failure failure, Refused.Reply reply, RouteConfig route) {
    return new Refused(
        failure,
        reply,
        head.bodyless(),
        head.target(),
        head.host(),
        route.name(),
        route.backend(),
        "");
  }
}
