package sallyport.config.route.pattern;

import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;

/** Reader of patterns and of rewritings by them. */
public final class PathPatternReader {
  private static final int MAX_LENGTH = 1000;

  private PathPatternReader() {}

  /** Reads the pattern of a section; null without one, or with one that is invalid. */
  public static @Nullable PathPattern pattern(ConfigReader in) {
    String text = in.optionalString("pattern");
    try {
      return text == null ? null : PathPattern.of(text);
    } catch (IllegalArgumentException notAPattern) {
      in.problem("pattern", String.valueOf(notAPattern.getMessage()));
      return null;
    }
  }

  /** Reads the rewriting of a section; null without one, or with one that is invalid. */
  public static @Nullable PathRewrite rewrite(ConfigReader in) {
    PathPattern pattern = pattern(in);
    String to = in.optionalString("to");
    if (to != null && !in.has("pattern")) {
      in.problem("to", "needs a pattern; prefix takes the place of the path of the route");
    } else if (to == null && in.has("pattern")) {
      in.problem("pattern", "needs to: the path for the backend, such as \"/new/$1\"");
    }
    if (pattern == null || to == null) {
      return null;
    }
    if (!to.matches("/(?!/)[!-~]*") || to.matches(".*[?#].*") || to.length() > MAX_LENGTH) {
      in.problem(
          "to",
          "must begin with one / and hold no query or fragment, up to "
              + MAX_LENGTH
              + " characters, is '"
              + to
              + "'");
      return null;
    }
    try {
      return new PathRewrite(pattern, GroupText.parse(to, pattern.groups()));
    } catch (IllegalArgumentException notAText) {
      in.problem("to", String.valueOf(notAText.getMessage()));
      return null;
    }
  }
}
