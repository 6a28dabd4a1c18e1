package sallyport.gate;

import sallyport.config.route.RouteConfig;

/** Decision of {@link RequestGate} on a request. Immutable, any thread. */
public sealed interface Decision
    permits Decision.Admitted, Decision.AnsweredHere, Decision.AnsweredByRoute, Refused {
  /**
   * The request goes to the backend of its route.
   *
   * @param path of the request for the backend
   * @param authenticates whether it authenticates its connection, so that the one to the backend
   *     must serve no other client
   */
  record Admitted(SoundHead head, RouteConfig route, String path, boolean authenticates)
      implements Decision {}

  /** The gateway answers the request as its final recipient (RFC 9110 section 7.6.2). */
  record AnsweredHere(SoundHead head, RouteConfig route) implements Decision {}

  /** The route answers: a redirect, or a fixed answer. */
  record AnsweredByRoute(SoundHead head, RouteConfig route) implements Decision {}
}
