package sallyport.config.files;

import com.typesafe.config.ConfigException;
import java.util.regex.Pattern;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Problems;
import sallyport.config.read.SecretText;

/**
 * Message of the library about HOCON that it cannot parse, without advice that does not apply here.
 */
public final class SyntaxProblem {
  private static final Pattern RENAME =
      Pattern.compile(",? or you may be able to rename the file \\.properties rather than \\.conf");

  private static final Pattern UNRESOLVED =
      Pattern.compile("Could not resolve substitution to a value: (\\$\\{[^}]*})");

  private SyntaxProblem() {}

  /**
   * A line for people.
   *
   * @param text of the main file
   */
  public static String of(ConfigException broken, String text, Problems problems) {
    boolean unresolved = broken instanceof ConfigException.UnresolvedSubstitution;
    String what = unresolved ? "substitution" : "syntax";
    ConfigLocation at =
        broken.origin() == null
            ? new ConfigLocation(problems.mainFile(), 0, what)
            : problems.locate(broken.origin(), what);
    String said = afterOrigin(broken);
    if (said.contains("end of file") && at.source().equals(problems.mainFile())) {
      int open = OutlineScanner.unclosed(text);
      if (open > 0) {
        return at.problem(
            "the file ends before the brace or bracket of line " + open + " is closed");
      }
    }
    if (!unresolved && mayHoldSecret(at, text, problems)) {
      return at.problem(
          "cannot be read; a value with other characters than letters, digits and hyphens needs"
              + " double quotes. The text is not shown, since a secret may stand there");
    }
    return at.problem(plain(said));
  }

  /**
   * Whether the text around a place names a secret, or keys in PEM stand anywhere; where the text
   * is not the main file's, it is not known.
   */
  private static boolean mayHoldSecret(ConfigLocation at, String text, Problems problems) {
    return !at.source().equals(problems.mainFile())
        || SecretText.hasPem(text)
        || text.lines()
            .skip(Math.max(0, at.line() - 2))
            .limit(2)
            .anyMatch(line -> ConfigReader.SECRET_WORDS.matcher(line).find());
  }

  private static String plain(String said) {
    String plain = RENAME.matcher(said).replaceAll("");
    return UNRESOLVED
        .matcher(plain)
        .replaceAll(
            "$1 has no value, neither here nor in the environment; \\${?NAME} may go without");
  }

  /** The library's message begins with the place, which we say ourselves. */
  private static String afterOrigin(ConfigException broken) {
    String message = String.valueOf(broken.getMessage());
    String origin = broken.origin() == null ? "" : broken.origin().description() + ": ";
    return (message.startsWith(origin) ? message.substring(origin.length()) : message)
        .replace('\n', ' ');
  }
}
