package sallyport.gate;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.RouteConfig;
import sallyport.http.request.RequestTarget;
import sallyport.http.request.RequestedHost;
import sallyport.net.Failure;

/**
 * Refusal of a request, with what logs and the answer need of it. Immutable, any thread.
 *
 * @param reply how the client learns of it
 * @param bodyless whether no body follows the head
 * @param target null without a target that has one meaning only
 * @param host null if it is unknown or was not read
 * @param route the name of the route that takes the path; empty before a route is known
 * @param backend the name of that route's backend; empty if the client may not use the route, or it
 *     has several
 * @param detail of a refused client, what was wrong with it; of an ambiguous path, the name of the
 *     other route; empty for others
 * @param fields of the answer: those that the route sets on every response, lower case; empty
 *     before a route is known
 */
public record Refused(
    Failure failure,
    Reply reply,
    boolean bodyless,
    @Nullable RequestTarget target,
    @Nullable RequestedHost host,
    String route,
    String backend,
    String detail,
    Map<String, String> fields)
    implements Decision, HeadCheck.Result {

  /** Form in which a client learns that its request is refused. */
  public enum Reply {
    /** A response with the status of the failure. */
    ANSWER,
    /** A reset of the stream: the message is malformed (RFC 9113 section 8.1.1). */
    RESET_MALFORMED,
    /** A reset of the stream with HTTP_1_1_REQUIRED (RFC 9113 section 7). */
    RESET_HTTP_1_1_REQUIRED
  }

  /** Returns the same refusal with a detail. */
  Refused because(String why) {
    return new Refused(failure, reply, bodyless, target, host, route, backend, why, fields);
  }

  /** Returns the same refusal under a route that the client may not use. */
  Refused under(RouteConfig denied, String why) {
    return new Refused(
        failure,
        reply,
        bodyless,
        target,
        host,
        denied.name(),
        backend,
        why,
        denied.securityHeaders());
  }

  /** Returns the same refusal with these fields in its answer. */
  public Refused withFields(Map<String, String> ofAnswer) {
    return new Refused(failure, reply, bodyless, target, host, route, backend, detail, ofAnswer);
  }
}
