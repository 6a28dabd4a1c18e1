package sallyport.config.route;

/** Action of a route on its requests. */
public sealed interface RouteAction {
  /**
   * They go to a backend.
   *
   * @param backend the name of a backend that exists
   */
  record Forward(String backend) implements RouteAction {}

  /**
   * The client is sent elsewhere.
   *
   * @param status 301, 302, 303, 307 or 308
   */
  record Redirect(int status, RedirectTemplate to) implements RouteAction {}

  /**
   * The client gets a fixed answer.
   *
   * @param status 200 to 599
   * @param contentType empty without a body
   * @param body empty for none
   */
  record Respond(int status, String contentType, String body) implements RouteAction {}
}
