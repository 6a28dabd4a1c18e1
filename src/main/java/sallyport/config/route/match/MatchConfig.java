package sallyport.config.route.match;

import java.util.Map;
import java.util.Set;

/**
 * Conditions of a route beside its host and its path. All must hold.
 *
 * @param methods empty: any
 * @param headers values by names of fields, in lower case
 * @param query values by names of parameters, decoded
 */
public record MatchConfig(
    Set<String> methods, Map<String, String> headers, Map<String, String> query) {
  /** Value that stands for any value. */
  public static final String ANY = "*";

  /** No condition. */
  public static final MatchConfig NONE = new MatchConfig(Set.of(), Map.of(), Map.of());

  /** Returns whether there is no condition. */
  public boolean isEmpty() {
    return methods.isEmpty() && headers.isEmpty() && query.isEmpty();
  }
}
