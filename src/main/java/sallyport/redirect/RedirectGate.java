package sallyport.redirect;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig;
import sallyport.gate.HeadCheck;
import sallyport.gate.Refused;
import sallyport.gate.SoundHead;
import sallyport.http.ReceivedVersion;
import sallyport.http.request.Authority;
import sallyport.http.request.RequestTarget;
import sallyport.net.Failure;
import sallyport.route.RouteTable;

/**
 * Decides what becomes of a plain request: a redirect on hosts that are served, an answer to a
 * certificate authority, or a refusal. Immutable, any thread.
 */
final class RedirectGate {
  private static final String ACME = "/.well-known/acme-challenge/";

  /** What is answered to a method that no certificate authority uses. */
  private static final Map<String, String> CHALLENGE_METHODS = Map.of("allow", "GET, HEAD");

  /** Encoded slashes pass: the listener that forwards decides on them. */
  private static final HeadCheck HEADS =
      new HeadCheck(
          HttpRulesConfig.STRICT.allowTrace(),
          /* asterisk= */ false,
          Authority.HTTP_PORT,
          (target, host) -> target.canonical(RequestTarget.Ambiguity.PASS));

  /** What becomes of a request. */
  sealed interface Decision {
    /** The client is sent to the same host and target over HTTPS. */
    record Redirected(SoundHead head) implements Decision {}

    /**
     * A certificate authority gets what it was promised.
     *
     * @param answer the key authorization
     */
    record Promised(SoundHead head, String answer) implements Decision {}

    /**
     * Neither.
     *
     * @param fields of the answer
     */
    record Denied(Refused refused, Map<String, String> fields) implements Decision {}
  }

  private final RouteTable routes;
  private final ChallengeAnswers challenges;

  /**
   * @param routes which hosts are served, so that no other can be redirected to
   */
  RedirectGate(RouteTable routes, ChallengeAnswers challenges) {
    this.routes = routes;
    this.challenges = challenges;
  }

  /** Decides on a request by its head. */
  Decision decide(HttpRequest head, ReceivedVersion version) {
    return switch (HEADS.check(head, version, /* serverName= */ null)) {
      case Refused refused -> new Decision.Denied(refused, Map.of());
      case SoundHead sound -> decide(sound, head.method());
    };
  }

  private Decision decide(SoundHead head, HttpMethod method) {
    String host = head.host().name();
    if (!head.host().isNamed()) {
      // Without a name there is no place to redirect to.
      return denied(head, Failure.Client.BAD_HOST);
    }
    String path = head.target().path();
    if (!path.startsWith(ACME)) {
      return routes.servesHost(host)
          ? new Decision.Redirected(head)
          : denied(head, Failure.Gateway.NO_ROUTE);
    }
    @Nullable String promised = challenges.answer(host, path.substring(ACME.length()));
    if (promised == null) {
      return denied(head, Failure.Gateway.NO_ROUTE);
    }
    return isGetOrHead(method)
        ? new Decision.Promised(head, promised)
        : new Decision.Denied(head.refused(Failure.Client.METHOD_NOT_ALLOWED), CHALLENGE_METHODS);
  }

  private static Decision denied(SoundHead head, Failure failure) {
    return new Decision.Denied(head.refused(failure), Map.of());
  }

  static boolean isGetOrHead(HttpMethod method) {
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
  }
}
