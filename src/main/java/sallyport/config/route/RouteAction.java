package sallyport.config.route;

import org.jspecify.annotations.Nullable;
import sallyport.config.route.pattern.PathPattern;
import sallyport.config.route.split.SplitConfig;

/** Action of a route on its requests. */
public sealed interface RouteAction {
  /**
   * They go to a backend.
   *
   * @param backend the name of a backend that exists
   */
  record Forward(String backend) implements RouteAction {}

  /**
   * They go to several backends.
   *
   * @param shares of backends that exist
   */
  record Split(SplitConfig shares) implements RouteAction {}

  /**
   * The client is sent elsewhere.
   *
   * @param status 301, 302, 303, 307 or 308
   * @param pattern of the path, whose groups the location has; null without groups. A path that it
   *     does not match has no location
   */
  record Redirect(int status, @Nullable PathPattern pattern, RedirectTemplate to)
      implements RouteAction {}

  /**
   * The client gets a fixed answer.
   *
   * @param status 200 to 599
   * @param contentType empty without a body
   * @param body empty for none
   */
  record Respond(int status, String contentType, String body) implements RouteAction {}
}
