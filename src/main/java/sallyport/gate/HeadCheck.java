package sallyport.gate;

import io.netty.handler.codec.http.HttpRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.http.FailureTable;
import sallyport.http.ReceivedVersion;
import sallyport.http.WebSocketHandshake;
import sallyport.http.codec.MalformedMessage;
import sallyport.http.request.RequestRules;
import sallyport.http.request.RequestTarget;
import sallyport.http.request.RequestedHost;
import sallyport.net.Failure;

/**
 * Checks of the head of a request that precede routing, the same for every listener. Immutable, any
 * thread.
 *
 * @param trace whether TRACE is allowed
 * @param asterisk whether the asterisk form is allowed (RFC 9112 section 3.2.4)
 * @param defaultPort of the listener's scheme
 */
public record HeadCheck(boolean trace, boolean asterisk, int defaultPort, PathRule paths) {
  /** Result of the checks. */
  public sealed interface Result permits SoundHead, Refused {}

  /**
   * Checks a head.
   *
   * @param serverName the SNI of the connection; null without one
   */
  public Result check(HttpRequest head, ReceivedVersion version, @Nullable String serverName) {
    Failure malformed = MalformedMessage.in(head);
    if (malformed != null) {
      boolean reset = version.sharesConnection() && FailureTable.status(malformed) == 400;
      return refused(
          malformed, reset ? Refused.Reply.RESET_MALFORMED : Refused.Reply.ANSWER, false, null);
    }
    Failure broken = RequestRules.check(head, trace);
    if (broken != null) {
      return refused(broken, Refused.Reply.ANSWER, false, null);
    }
    // The octets behind a request for WebSocket may be HTTP or WebSocket: without a 101 the
    // connection ends.
    boolean webSocket = WebSocketHandshake.isRequest(head);
    boolean bodyless = !webSocket && !RequestRules.announcesBody(head);
    RequestTarget parsed = RequestRules.target(head);
    if (parsed == null || (parsed.isAsterisk() && !asterisk)) {
      return refused(Failure.Client.BAD_URI, Refused.Reply.ANSWER, bodyless, null);
    }
    RequestedHost host = RequestRules.host(head, parsed, defaultPort, serverName);
    RequestTarget target = paths.canonical(parsed, host == null ? null : host.name(), head);
    if (target == null) {
      return refused(Failure.Client.AMBIGUOUS_URI, Refused.Reply.ANSWER, bodyless, null);
    }
    if (host == null) {
      return refused(Failure.Client.BAD_HOST, Refused.Reply.ANSWER, bodyless, target);
    }
    return new SoundHead(target, host, bodyless, webSocket);
  }

  private static Refused refused(
      Failure failure, Refused.Reply reply, boolean bodyless, @Nullable RequestTarget target) {
    return new Refused(failure, reply, bodyless, target, null, "", "", "", Map.of());
  }
}
