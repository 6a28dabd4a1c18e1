package sallyport.config;

import java.util.ArrayList;
import java.util.List;
import sallyport.config.Outline.Include;
import sallyport.config.Outline.Item;
import sallyport.config.Outline.Kind;
import sallyport.config.Outline.Setting;

/**
 * Reads the outline of HOCON (github.com/lightbend/config, HOCON.md). Stops where the text is not
 * HOCON: the library, which reads it too, says what is wrong there.
 */
final class OutlineScanner {
  private static final class NotHocon extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotHocon() {
      super(null, null, false, false);
    }
  }

  /** What a value consists of. */
  private static final class Pieces {
    private boolean object;
    private boolean list;
    private final List<String> references = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private boolean quoted;
    private int elements;

    Kind kind(List<String> path) {
      boolean nothingElse = text.toString().isBlank() && !quoted && !list && !object;
      for (String reference : references) {
        String name = reference.startsWith("?") ? reference.substring(1) : reference;
        if (Outline.shown(splitPath(name)).equals(Outline.shown(path))) {
          return Kind.EXTENDED;
        }
      }
      if (object) {
        return Kind.OBJECT;
      }
      if (references.size() == 1 && nothingElse) {
        return references.getFirst().startsWith("?") ? Kind.FALLBACK : Kind.REFERENCE;
      }
      if (list) {
        return Kind.LIST;
      }
      return !quoted && text.toString().strip().equals("null") ? Kind.NULL : Kind.SCALAR;
    }
  }

  private final String text;
  private final List<Item> items = new ArrayList<>();
  private int at;
  private int line = 1;
  private int steps;

  /** The lines of the braces and brackets that are open, the innermost last. */
  private final List<Integer> open = new ArrayList<>();

  private OutlineScanner(String text) {
    this.text = text;
  }

  /** The outline of a text; as far as it is HOCON. */
  static Outline scan(String text) {
    OutlineScanner scanner = new OutlineScanner(text);
    try {
      scanner.root();
    } catch (NotHocon saidByTheLibrary) {
      // What was seen until there stands.
    }
    return new Outline(List.copyOf(scanner.items));
  }

  /**
   * The line of the innermost brace or bracket that the text does not close; 0 when there is none.
   */
  static int unclosed(String text) {
    OutlineScanner scanner = new OutlineScanner(text);
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
      object(List.of());
    } else {
      fields(List.of());
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
    List<String> full = new ArrayList<>(path);
    full.addAll(splitPath(text.substring(start, at)));
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
    longer.add(Outline.step(steps++, shown));
    return longer;
  }

  // ---- includes

  private boolean include(List<String> path) {
    if (!text.startsWith("include", at)) {
      return false;
    }
    int before = at;
    at += "include".length();
    skipSpace();
    boolean local = true;
    boolean call = false;
    for (String word : List.of("required(", "file(", "url(", "classpath(")) {
      if (text.startsWith(word, at)) {
        at += word.length();
        skipSpace();
        call = true;
        local &= word.equals("required(") || word.equals("file(");
      }
    }
    if (peek() != '"' || (!call && at == before + "include".length())) {
      at = before;
      return false;
    }
    int nameLine = line;
    String name = string();
    while (peek() == ')' || peek() == ' ' || peek() == '\t') {
      at++;
    }
    items.add(new Include(List.copyOf(path), name, local && !isUrl(name), nameLine));
    return true;
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
        int end = text.indexOf('}', at);
        if (end < 0) {
          throw new NotHocon();
        }
        pieces.references.add(text.substring(at + 2, end).strip());
        at = end + 1;
      } else {
        pieces.text.append(c);
        at++;
      }
    }
    return pieces;
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

  /** A text in quotes, one or three. */
  private String string() {
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
      return content;
    }
    int start = ++at;
    while (!ended() && peek() != '"') {
      if (peek() == '\n') {
        throw new NotHocon();
      }
      at += peek() == '\\' ? 2 : 1;
    }
    if (ended()) {
      throw new NotHocon();
    }
    return text.substring(start, at++);
  }

  /** The names of a path; dots in quotes are none of its own. */
  private static List<String> splitPath(String written) {
    List<String> names = new ArrayList<>();
    StringBuilder name = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < written.length(); i++) {
      char c = written.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '.' && !quoted) {
        names.add(name.toString().strip());
        name.setLength(0);
      } else {
        name.append(c);
      }
    }
    names.add(name.toString().strip());
    return names;
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

  private void skipSpace() {
    while (!ended() && peek() != '\n' && isSpace(peek())) {
      at++;
    }
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
