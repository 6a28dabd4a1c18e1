package sallyport.config.route.split;

import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shares of backends in the requests of a route.
 *
 * @param weights by the names of the backends, 0 or more; at least one is above 0
 * @param key what a client keeps its backend by
 * @param name of the field, in lower case, or of the cookie; null for other keys
 */
public record SplitConfig(SortedMap<String, Integer> weights, Key key, @Nullable String name) {
  /** Part of a request by which a client keeps its backend. */
  public enum Key {
    /** None: each request is assigned at random. */
    REQUEST,
    /** The address of the client, as trusted proxies tell it. */
    CLIENT,
    /** The value of a cookie. */
    COOKIE,
    /** The first value of a field. */
    HEADER
  }

  /** Returns the backends with their weights, for people. */
  public String text() {
    return weights.entrySet().stream()
        .map(each -> each.getKey() + " " + each.getValue())
        .collect(Collectors.joining(", "));
  }
}
