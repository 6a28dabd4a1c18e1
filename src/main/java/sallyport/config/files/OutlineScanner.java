package sallyport.config.files;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import sallyport.config.files.Outline.Include;
import sallyport.config.files.Outline.Item;
import sallyport.config.files.Outline.Kind;
import sallyport.config.files.Outline.Setting;

/**
 * Scanner of the outline of HOCON (github.com/lightbend/config, HOCON.md). It stops where the text
 * is not HOCON; the library, which parses the text too, reports the error.
 */
final class OutlineScanner {
  private static final class NotHocon extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotHocon() {
      super(null, null, false, false);
    }
  }

  /** Parts of a value. */
  private final class Pieces {
    private boolean object;
    private boolean list;
    private final List<String> references = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private boolean quoted;
    private boolean apart;
    private int elements;

    void add(String reference) {
      apart |= !references.isEmpty() && !text.isEmpty();
      references.add(reference);
    }

    Kind kind(List<String> path) {
      if (references.stream().anyMatch(reference -> names(reference, path))) {
        return Kind.EXTENDED;
      }
      if (object) {
        return Kind.OBJECT;
      }
      if (list) {
        return Kind.LIST;
      }
      if (!references.isEmpty() && !quoted && text.chars().allMatch(c -> isSpace((char) c))) {
        // Several make an object or a list of all, or a text. Blanks between them are a text too,
        // where none has a value.
        return !apart && references.stream().allMatch(reference -> reference.startsWith("?"))
            ? Kind.FALLBACK
            : Kind.REFERENCE;
      }
      return !quoted && text.toString().strip().equals("null") ? Kind.NULL : Kind.SCALAR;
    }

    /** A name in a file that is included counts from where that stands, and from the root. */
    private boolean names(String reference, List<String> path) {
      List<String> name = splitPath(reference.startsWith("?") ? reference.substring(1) : reference);
      return name.equals(path) || joined(prefix, name).equals(path);
    }
  }

  private static final String INCLUDE = "include";

  /** The characters that need quotes. */
  private static final String NOT_IN_WORDS = "$\"{}[]:=,+#`^?!@*&\\";

  private final String text;
  private final List<String> prefix;
  private final IntSupplier steps;
  private final List<Item> items = new ArrayList<>();
  private int at;
  private int line = 1;

  /** The lines of the braces and brackets that are open, the innermost last. */
  private final List<Integer> open = new ArrayList<>();

  private OutlineScanner(String text, List<String> prefix, IntSupplier steps) {
    this.text = text;
    this.prefix = prefix;
    this.steps = steps;
  }

  /**
   * The outline of a text; as far as it is HOCON.
   *
   * @param prefix where the text is included, from the root of all
   * @param steps tells the elements of lists apart; a new number at each call, over all files
   */
  static Outline scan(String text, List<String> prefix, IntSupplier steps) {
    OutlineScanner scanner = new OutlineScanner(text, prefix, steps);
    boolean whole;
    try {
      scanner.root();
      whole = scanner.ended();
    } catch (NotHocon saidByTheLibrary) {
      whole = false; // What was seen until there stands.
    }
    return new Outline(List.copyOf(scanner.items), whole ? 0 : scanner.line);
  }

  /**
   * The line of the innermost brace or bracket that the text does not close; 0 when there is none.
   */
  static int unclosed(String text) {
    OutlineScanner scanner = new OutlineScanner(text, List.of(), () -> 0);
    try {
      scanner.root();
    } catch (NotHocon cannotTell) {
      return 0;
    }
    return scanner.at >= text.length() && !scanner.open.isEmpty() ? scanner.open.getLast() : 0;
  }

  private void root() {
    skipBlank();
    if (peek() == '{') {
      object(prefix);
      skipBlank();
    } else {
      fields(prefix);
    }
  }

  // ---- objects

  private void object(List<String> path) {
    enter();
    fields(path);
    leave('}');
  }

  private void fields(List<String> path) {
    while (true) {
      skipBlank();
      if (peek() == ',') {
        at++;
      } else if (ended() || peek() == '}') {
        return;
      } else if (!include(path)) {
        field(path);
      }
    }
  }

  private void field(List<String> path) {
    int keyLine = line;
    final int start = at;
    while (!ended() && !isSeparator() && peek() != '\n' && !atComment()) {
      if (peek() == '"') {
        string();
      } else if (",}]".indexOf(peek()) >= 0) {
        throw new NotHocon();
      } else {
        at++;
      }
    }
    List<String> full = joined(path, splitPath(text.substring(start, at)));
    skipBlank();
    if (!ended() && !isSeparator()) {
      throw new NotHocon();
    }
    boolean added = peek() == '+';
    at += added ? 2 : peek() == '{' || ended() ? 0 : 1;
    skipBlank();
    int place = items.size();
    items.add(new Setting(full, Kind.SCALAR, keyLine)); // Of the right kind once that is known.
    List<String> of = added ? with(full, "[+]") : full;
    Pieces pieces = value(of);
    items.set(place, new Setting(full, added ? Kind.ADDED : pieces.kind(full), keyLine));
  }

  private boolean isSeparator() {
    char c = peek();
    return c == '=' || c == ':' || c == '{' || (c == '+' && text.startsWith("+=", at));
  }

  private List<String> with(List<String> path, String shown) {
    List<String> longer = new ArrayList<>(path);
    longer.add(Outline.step(steps.getAsInt(), shown));
    return longer;
  }

  private static List<String> joined(List<String> path, List<String> names) {
    List<String> joined = new ArrayList<>(path);
    joined.addAll(names);
    return List.copyOf(joined);
  }

  // ---- includes

  /** The word alone is no key; anything may stand between it and the name, ends of lines too. */
  private boolean include(List<String> path) {
    if (!text.startsWith(INCLUDE, at) || isPartOfWord(at + INCLUDE.length())) {
      return false;
    }
    at += INCLUDE.length();
    skipBlank();
    boolean local = true;
    int calls = 0;
    for (String word : List.of("required(", "file(", "url(", "classpath(")) {
      if (text.startsWith(word, at)) {
        at += word.length();
        skipBlank();
        calls++;
        local &= word.equals("required(") || word.equals("file(");
      }
    }
    if (peek() != '"') {
      throw new NotHocon();
    }
    int nameLine = line;
    String name = splitPath(string()).getFirst();
    for (; calls > 0; calls--) {
      skipBlank();
      if (peek() != ')') {
        throw new NotHocon();
      }
      at++;
    }
    items.add(new Include(List.copyOf(path), name, local && !isUrl(name), nameLine));
    return true;
  }

  /** Returns whether text without quotes continues here. */
  private boolean isPartOfWord(int index) {
    return index < text.length()
        && !isSpace(text.charAt(index))
        && NOT_IN_WORDS.indexOf(text.charAt(index)) < 0
        && !text.startsWith("//", index);
  }

  /** The library takes such a name for a URL. */
  private static boolean isUrl(String name) {
    return name.matches("[A-Za-z][A-Za-z0-9+.-]+:.*");
  }

  // ---- values

  /** Up to the end of the line, a comma, or the end of what it stands in. */
  private Pieces value(List<String> path) {
    Pieces pieces = new Pieces();
    while (!ended() && "\n,}]".indexOf(peek()) < 0 && !atComment()) {
      char c = peek();
      if (c == '{') {
        pieces.object = true;
        object(path);
      } else if (c == '[') {
        pieces.list = true;
        list(path, pieces);
      } else if (c == '"') {
        pieces.quoted = true;
        string();
      } else if (text.startsWith("${", at)) {
        pieces.add(reference());
      } else {
        pieces.text.append(c);
        at++;
      }
    }
    return pieces;
  }

  /** The name between the braces; one in quotes may have braces itself. */
  private String reference() {
    int start = at + 2;
    while (!ended() && peek() != '}') {
      if (peek() == '"') {
        string();
      } else {
        at++;
      }
    }
    if (ended()) {
      throw new NotHocon();
    }
    return text.substring(start, at++);
  }

  private void list(List<String> path, Pieces pieces) {
    enter();
    while (true) {
      skipBlank();
      if (peek() == ',') {
        at++;
      } else if (ended() || peek() == ']') {
        break;
      } else if (peek() == '}') {
        throw new NotHocon();
      } else {
        value(with(path, "[" + pieces.elements + "]"));
        pieces.elements++;
      }
    }
    leave(']');
  }

  private void enter() {
    open.add(line);
    at++;
  }

  private void leave(char close) {
    if (ended()) {
      return;
    }
    if (peek() != close) {
      throw new NotHocon();
    }
    open.removeLast();
    at++;
  }

  /** A text in quotes, one or three, as it is written. */
  private String string() {
    int from = at;
    if (text.startsWith("\"\"\"", at)) {
      int end = text.indexOf("\"\"\"", at + 3);
      if (end < 0) {
        throw new NotHocon();
      }
      while (end + 3 < text.length() && text.charAt(end + 3) == '"') {
        end++;
      }
      String content = text.substring(at + 3, end);
      line += (int) content.chars().filter(c -> c == '\n').count();
      at = end + 3;
      return text.substring(from, at);
    }
    at++;
    while (!ended() && peek() != '"') {
      if (peek() == '\n') {
        throw new NotHocon();
      }
      at += peek() == '\\' ? 2 : 1;
    }
    if (ended()) {
      throw new NotHocon();
    }
    at++;
    return text.substring(from, at);
  }

  /** Returns the names of a path; dots in quotes do not separate them. */
  private static List<String> splitPath(String written) {
    try {
      return ConfigUtil.splitPath(written);
    } catch (ConfigException noPath) {
      throw new NotHocon();
    }
  }

  // ---- characters

  private boolean ended() {
    return at >= text.length();
  }

  private char peek() {
    return ended() ? '\0' : text.charAt(at);
  }

  private boolean atComment() {
    return peek() == '#' || text.startsWith("//", at);
  }

  /** Blanks, ends of lines and comments. */
  private void skipBlank() {
    while (!ended()) {
      if (peek() == '\n') {
        line++;
        at++;
      } else if (isSpace(peek())) {
        at++;
      } else if (atComment()) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else {
        return;
      }
    }
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\uFEFF';
  }
}
