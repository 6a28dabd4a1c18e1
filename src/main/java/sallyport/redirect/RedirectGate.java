package sallyport.redirect;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Map;
import java.util.concurrent.CompletionStage;
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
 * Decision on plain requests: a redirect on hosts that are served, an answer to a certificate
 * authority, or a refusal. Immutable, any thread.
 */
final class RedirectGate {
  private static final String ACME = "/.well-known/acme-challenge/";

  /** Fields of the answer to a method that no certificate authority uses. */
  private static final Map<String, String> CHALLENGE_METHODS = Map.of("allow", "GET, HEAD");

  /** Encoded slashes pass: the TLS listener decides on them. */
  private static final HeadCheck HEADS =
      new HeadCheck(
          HttpRulesConfig.STRICT.allowTrace(),
          /* asterisk= */ false,
          Authority.HTTP_PORT,
          (target, host, head) -> target.canonical(RequestTarget.Ambiguity.PASS));

  /** Decision on a request. */
  sealed interface Decision {
    /** The client is redirected to the same host and target over HTTPS. */
    record Redirected(SoundHead head) implements Decision {}

    /**
     * A certificate authority gets the answer to its challenge.
     *
     * @param answer the key authorization
     */
    record Challenge(SoundHead head, String answer) implements Decision {}

    /** The request is refused. */
    record Denied(Refused refused) implements Decision {}
  }

  private final RouteTable routes;
  private final ChallengeAnswers challenges;

  /**
   * @param routes the hosts that are served; others are not redirected to
   */
  RedirectGate(RouteTable routes, ChallengeAnswers challenges) {
    this.routes = routes;
    this.challenges = challenges;
  }

  /** Decides on a request by its head. */
  Decision decide(HttpRequest head, ReceivedVersion version) {
    return switch (HEADS.check(head, version, /* serverName= */ null)) {
      case Refused refused -> new Decision.Denied(refused);
      case SoundHead sound -> decide(sound, head.method());
    };
  }

  /**
   * Looks for the answer to a challenge before {@link #decide}.
   *
   * @return the end of the look; null where there is nothing to look for
   */
  @Nullable CompletionStage<Void> look(HttpRequest head) {
    if (!head.uri().startsWith(ACME)) {
      return null;
    }
    return switch (HEADS.check(
        head, ReceivedVersion.of(head.protocolVersion()), /* serverName= */ null)) {
      case Refused refused -> null;
      case SoundHead sound ->
          sound.host().isNamed() && sound.target().path().startsWith(ACME)
              ? challenges.look(sound.host().name(), token(sound))
              : null;
    };
  }

  private static String token(SoundHead head) {
    return head.target().path().substring(ACME.length());
  }

  private Decision decide(SoundHead head, HttpMethod method) {
    String host = head.host().name();
    if (!head.host().isNamed()) {
      // A redirect needs a host.
      return denied(head, Failure.Client.BAD_HOST);
    }
    String path = head.target().path();
    if (!path.startsWith(ACME)) {
      return routes.servesHost(host)
          ? new Decision.Redirected(head)
          : denied(head, Failure.Gateway.NO_ROUTE);
    }
    @Nullable String answer = challenges.answer(host, token(head));
    if (answer == null) {
      return denied(head, Failure.Gateway.NO_ROUTE);
    }
    return isGetOrHead(method)
        ? new Decision.Challenge(head, answer)
        : new Decision.Denied(
            head.refused(Failure.Client.METHOD_NOT_ALLOWED).withFields(CHALLENGE_METHODS));
  }

  private static Decision denied(SoundHead head, Failure failure) {
    return new Decision.Denied(head.refused(failure));
  }

  static boolean isGetOrHead(HttpMethod method) {
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
  }
}
