package sallyport.config.route;

import org.jspecify.annotations.Nullable;
import sallyport.config.route.pattern.PathRewrite;

/**
 * Changes on the way to the backend.
 *
 * @param prefix takes the place of the route's path; {@code "/"} strips it; null: unchanged
 * @param path takes the place of the path by a pattern; null: unchanged; never with a prefix
 * @param host takes the place of the client's Host; null: unchanged
 * @param location what becomes of URIs by which the backend sends the client to itself
 */
public record RewriteConfig(
    @Nullable String prefix, @Nullable PathRewrite path, @Nullable String host, Location location) {
  /**
   * Rewriting of Location, Content-Location and Refresh; each rewrites less than those before it.
   */
  public enum Location {
    /** The backend's own names and paths become those that the client asked for. */
    ALL,
    /** {@code http} becomes {@code https} where the host is the one that the client asked for. */
    SCHEME,
    /** They stay. */
    OFF
  }
}
