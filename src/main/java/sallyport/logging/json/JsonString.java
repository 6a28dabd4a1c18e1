package sallyport.logging.json;

/**
 * Writer of JSON strings (RFC 8259 section 7) that escapes everything but printable ASCII.
 * Stateless.
 */
public final class JsonString {
  private static final String HEX = "0123456789abcdef";

  private JsonString() {}

  /**
   * Adds the first {@code end} characters of {@code value}, in quotation marks. No terminal and no
   * parser is tempted by them.
   */
  public static void append(StringBuilder text, String value, int end) {
    text.append('"');
    int from = 0;
    for (int i = 0; i < end; i++) {
      char c = value.charAt(i);
      if (isPlain(c)) {
        continue;
      }
      text.append(value, from, i);
      from = i + 1;
      escape(text, c);
    }
    if (from == 0 && end == value.length()) {
      // Octets are copied at once, while a part is copied one by one.
      text.append(value);
    } else {
      text.append(value, from, end);
    }
    text.append('"');
  }

  private static boolean isPlain(char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  }

  /** Returns whether a text is written as it is. */
  static boolean isPlain(String text) {
    return text.length() <= JsonLine.MAX_VALUE && text.chars().allMatch(c -> isPlain((char) c));
  }

  private static void escape(StringBuilder text, char c) {
    if (c == '"' || c == '\\') {
      text.append('\\').append(c);
      return;
    }
    text.append("\\u")
        .append(HEX.charAt(c >> 12))
        .append(HEX.charAt(c >> 8 & 15))
        .append(HEX.charAt(c >> 4 & 15))
        .append(HEX.charAt(c & 15));
  }
}
