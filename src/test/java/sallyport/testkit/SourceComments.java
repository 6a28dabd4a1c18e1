package sallyport.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Comments of the main code, as far as rules of prose need them: no parser of Java. */
public final class SourceComments {
  /** The kind of declaration that a comment stands before. */
  public enum Kind {
    TYPE,
    METHOD,
    OTHER
  }

  /**
   * One comment; lines of {@code //} that follow one another are one.
   *
   * @param file below {@code src/main/java/sallyport}
   * @param line of its beginning, from 1
   * @param text on one line, without what is in {@code {@code ...}}
   */
  public record Comment(Path file, int line, Kind kind, String text) {}

  private static final Path ROOT = Path.of("src", "main", "java", "sallyport");

  /** Strings first: two slashes in one begin no comment. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "\"\"\"(?s:.*?)\"\"\"|\"[^\"\\\\\\n]*+(?:\\\\.[^\"\\\\\\n]*+)*+\"|'(?:\\\\.|[^'\\\\\\n])+'"
              + "|(/\\*(?s:.*?)\\*/|//[^\\n]*(?:\\n\\s*//[^\\n]*)*+)");

  private static final Pattern MARKS = Pattern.compile("(?:\\s*\\n\\s*(?://|\\*(?!/))?)+\\s*");
  private static final Pattern CODE = Pattern.compile("\\{@code[^}]*\\}");
  private static final Pattern ANNOTATION =
      Pattern.compile("@(?!interface)[\\w.]+(?:\\((?:[^()\"]|\"[^\"]*\"|\\([^()]*\\))*\\))?\\s*");
  private static final String MODIFIERS =
      "(?:(?:public|protected|private|static|final|abstract|sealed|non-sealed|default|synchronized)\\s+)*";
  private static final Pattern TYPE =
      Pattern.compile(MODIFIERS + "(?:class|interface|enum|record|@interface)\\s");
  private static final Pattern METHOD =
      Pattern.compile(MODIFIERS + "(?:<[^(=;]*>\\s+)?[\\w.<>\\[\\], ?&]+\\s+\\w+\\s*\\(");

  private SourceComments() {}

  /** Returns the comments of all files of the main code. */
  public static List<Comment> all() throws IOException {
    List<Comment> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(ROOT)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).sorted().toList()) {
        all.addAll(of(ROOT.relativize(file), Files.readString(file)));
      }
    }
    return all;
  }

  /** Returns the comments of one file. */
  public static List<Comment> of(Path file, String source) {
    List<Comment> comments = new ArrayList<>();
    Matcher token = TOKEN.matcher(source);
    while (token.find()) {
      String comment = token.group(1);
      if (comment != null) {
        int line = (int) source.substring(0, token.start()).chars().filter(c -> c == '\n').count();
        boolean javadoc = comment.startsWith("/**");
        comments.add(
            new Comment(
                file,
                line + 1,
                javadoc ? kind(source, token.end()) : Kind.OTHER,
                CODE.matcher(text(comment)).replaceAll("")));
      }
    }
    return comments;
  }

  private static String text(String comment) {
    String inner = comment.replaceFirst("^(?:/\\*\\*?|//)", "").replaceFirst("\\*/$", "");
    return MARKS.matcher(inner).replaceAll(" ").strip();
  }

  private static Kind kind(String source, int end) {
    String code = source.substring(end, Math.min(source.length(), end + 2000));
    String declaration = ANNOTATION.matcher(code).replaceAll("").strip();
    if (TYPE.matcher(declaration).lookingAt()) {
      return Kind.TYPE;
    }
    return METHOD.matcher(declaration).lookingAt() ? Kind.METHOD : Kind.OTHER;
  }
}
