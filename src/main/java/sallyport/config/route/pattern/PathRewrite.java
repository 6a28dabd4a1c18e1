package sallyport.config.route.pattern;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rewriting of a path by a pattern.
 *
 * @param pattern of the whole path
 * @param to the path in its place, which begins with {@code /}
 */
public record PathRewrite(PathPattern pattern, GroupText to) {
  /** Returns the path in place of another one; null unless the pattern matches it. */
  public @Nullable String of(String path) {
    List<String> groups = pattern.match(path);
    return groups == null ? null : to.with(groups);
  }
}
