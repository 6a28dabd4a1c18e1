package sallyport.logging.json;

/**
 * Builder of a JSON document (RFC 8259), indented by two blanks a level. It escapes everything but
 * printable ASCII. Belongs to one thread.
 */
public final class JsonDocument {
  private final StringBuilder text = new StringBuilder(4096);
  private int depth;
  private boolean first = true;
  private boolean afterKey;

  /** Adds an object, whose members the task adds. */
  public void object(Runnable members) {
    nested('{', members, '}');
  }

  /** Adds an array, whose values the task adds. */
  public void array(Runnable values) {
    nested('[', values, ']');
  }

  private void nested(char open, Runnable content, char close) {
    next();
    text.append(open);
    depth++;
    first = true;
    content.run();
    depth--;
    if (!first) {
      lineEnd();
    }
    text.append(close);
    first = false;
  }

  /** Adds a name; its value follows. */
  public void key(String name) {
    next();
    quote(name);
    text.append(": ");
    afterKey = true;
  }

  /** Adds a text with its name. */
  public void member(String name, String value) {
    key(name);
    next();
    quote(value);
  }

  /** Adds a text. */
  public void value(String value) {
    next();
    quote(value);
  }

  /** Adds a number with its name. */
  public void member(String name, long value) {
    key(name);
    next();
    text.append(value);
  }

  /** Adds a truth value with its name. */
  public void member(String name, boolean value) {
    key(name);
    next();
    text.append(value);
  }

  private void next() {
    if (afterKey) {
      afterKey = false;
      return;
    }
    if (!first) {
      text.append(',');
    }
    if (depth > 0) {
      lineEnd();
    }
    first = false;
  }

  private void lineEnd() {
    text.append('\n').append("  ".repeat(depth));
  }

  private void quote(String value) {
    JsonString.append(text, value, value.length());
  }

  /** Returns the document. */
  @Override
  public String toString() {
    return text.toString();
  }
}
