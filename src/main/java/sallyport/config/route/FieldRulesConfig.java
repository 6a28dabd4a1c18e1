package sallyport.config.route;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Changes of the header fields of a message, in this order. Names are in lower case.
 *
 * @param remove fields that are taken away
 * @param set fields with the value that takes the place of all others
 * @param add fields with a value that stands beside others
 */
public record FieldRulesConfig(
    List<String> remove, Map<String, String> set, Map<String, String> add) {
  /** Changes nothing. */
  public static final FieldRulesConfig NONE = new FieldRulesConfig(List.of(), Map.of(), Map.of());

  /** Returns whether nothing is changed. */
  public boolean isEmpty() {
    return remove.isEmpty() && set.isEmpty() && add.isEmpty();
  }

  /** Returns the fields of which nothing is left that was there before. */
  public Set<String> replaced() {
    Set<String> replaced = new TreeSet<>(remove);
    replaced.addAll(set.keySet());
    return replaced;
  }
}
