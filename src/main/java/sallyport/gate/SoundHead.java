package sallyport.gate;

import sallyport.http.request.RequestTarget;
import sallyport.http.request.RequestedHost;
import sallyport.net.Failure;

/**
 * The head of a request that can be read in one way only.
 *
 * @param target in canonical form, as far as the listener makes it so
 * @param bodyless whether nothing follows that belongs to it
 * @param webSocket whether it asks to change to WebSocket
 */
public record SoundHead(
    RequestTarget target, RequestedHost host, boolean bodyless, boolean webSocket)
    implements HeadCheck.Result {
  /** Refuses the request for something else than its head. */
  public Refused refused(Failure failure) {
    return new Refused(failure, Refused.Reply.ANSWER, bodyless, target, host, "", "", "");
  }
}
