package sallyport.config.route.pattern;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pattern of whole paths, by RE2/J: matching takes time in proportion to the length of the path,
 * for every pattern. Equal to a pattern of the same text. Immutable, any thread.
 */
public final class PathPattern {
  private static final int MAX_LENGTH = 1000;

  private final Pattern pattern;

  private PathPattern(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * Compiles a pattern.
   *
   * @throws IllegalArgumentException with what is wrong, for people
   */
  public static PathPattern of(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("must have 1 to " + MAX_LENGTH + " characters");
    }
    try {
      return new PathPattern(Pattern.compile(text));
    } catch (PatternSyntaxException broken) {
      throw new IllegalArgumentException(
          "is no pattern of RE2, which has neither look-around nor back-references: "
              + broken.getMessage(),
          broken);
    }
  }

  /** Returns the number of groups. */
  public int groups() {
    return pattern.groupCount();
  }

  /**
   * Returns what the groups match in a path, the first one at 0; a group without a part is empty.
   *
   * @return null unless the pattern matches the whole path
   */
  public @Nullable List<String> match(String path) {
    Matcher matcher = pattern.matcher(path);
    if (!matcher.matches()) {
      return null;
    }
    List<String> groups = new ArrayList<>(matcher.groupCount());
    for (int i = 1; i <= matcher.groupCount(); i++) {
      String group = matcher.group(i);
      groups.add(group == null ? "" : group);
    }
    return groups;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PathPattern same && toString().equals(same.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /** The pattern as it is configured. */
  @Override
  public String toString() {
    return pattern.pattern();
  }
}
