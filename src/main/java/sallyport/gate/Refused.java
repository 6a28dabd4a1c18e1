package sallyport.gate;

import org.jspecify.annotations.Nullable;
import sallyport.http.request.RequestTarget;
import sallyport.http.request.RequestedHost;
import sallyport.net.Failure;

/**
 * A request that is not admitted, with what is known of it for logs.
 *
 * @param reply how its client is told
 * @param bodyless whether nothing follows that belongs to it
 * @param target null where there is none that can be read in one way only
 * @param host null where it is not known, or was not looked at
 * @param route the name of the route that it falls under; empty where none was looked for
 * @param backend the name of that route's backend; empty where the client may not use the route
 * @param detail of a refused client, what was wrong with it; of an ambiguous path, the name of the
 *     other route; empty for others
 */
public record Refused(
    Failure failure,
    Reply reply,
    boolean bodyless,
    @Nullable RequestTarget target,
    @Nullable RequestedHost host,
    String route,
    String backend,
    String detail)
    implements Decision, HeadCheck.Result {

  /** How a client is told that its request is refused. */
  public enum Reply {
    /** By a response with the status of the failure. */
    ANSWER,
    /** By a reset of the stream: the message is malformed (RFC 9113 section 8.1.1). */
    RESET_MALFORMED,
    /** By a reset of the stream with HTTP_1_1_REQUIRED (RFC 9113 section 7). */
    RESET_HTTP_1_1_REQUIRED
  }

  /** The same, with what is known besides. */
  Refused with(String route, String detail) {
    return new Refused(failure, reply, bodyless, target, host, route, backend, detail);
  }
}
