package sallyport.gate;

import java.util.Map;
import sallyport.http.request.RequestTarget;
import sallyport.http.request.RequestedHost;
import sallyport.net.Failure;

/**
 * Head of a request that has one meaning only. Immutable, any thread.
 *
 * @param target in the canonical form of its listener or route
 * @param bodyless whether no body follows the head
 * @param webSocket whether it is a request for WebSocket
 */
public record SoundHead(
    RequestTarget target, RequestedHost host, boolean bodyless, boolean webSocket)
    implements HeadCheck.Result {
  /** Returns a refusal of this request, for another reason than its head. */
  public Refused refused(Failure failure) {
    return new Refused(failure, Refused.Reply.ANSWER, bodyless, target, host, "", "", "", Map.of());
  }
}
