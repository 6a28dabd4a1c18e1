package sallyport.gate;

import sallyport.config.route.RouteConfig;

/** What becomes of a request. */
public sealed interface Decision permits Decision.Admitted, Decision.AnsweredHere, Refused {
  /**
   * The request goes to the backend of its route.
   *
   * @param authenticates whether it authenticates its connection, so that the one to the backend
   *     may be used for no other client
   */
  record Admitted(SoundHead head, RouteConfig route, boolean authenticates) implements Decision {}

  /** The request may not be passed on: the gateway answers it (RFC 9110 section 7.6.2). */
  record AnsweredHere(SoundHead head, RouteConfig route) implements Decision {}
}
