package sallyport.comply.checklist;

import sallyport.logging.json.JsonString;

/**
 * Writer of JSON (RFC 8259), indented by two blanks a level. It escapes everything but printable
 * ASCII.
 */
final class Json {
  private final StringBuilder text = new StringBuilder(4096);
  private int depth;
  private boolean first = true;
  private boolean afterKey;

  void object(Runnable members) {
    nested('{', members, '}');
  }

  void array(Runnable values) {
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

  void key(String name) {
    next();
    quote(name);
    text.append(": ");
    afterKey = true;
  }

  void member(String name, String value) {
    key(name);
    next();
    quote(value);
  }

  void value(String value) {
    next();
    quote(value);
  }

  void member(String name, long value) {
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

  @Override
  public String toString() {
    return text.toString();
  }
}
