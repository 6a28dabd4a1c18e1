package sallyport.http.forwarded;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parser of Forwarded (RFC 7239 section 4). It accepts values that lack their quotes. */
final class ForwardedElements {
  private final String text;
  private int at;

  private ForwardedElements(String text) {
    this.text = text;
  }

  /**
   * @return the parameters of each element, names in lower case and values without quotes; empty
   *     when the value is malformed, or has nothing in it
   */
  static List<Map<String, String>> parse(String value) {
    ForwardedElements reader = new ForwardedElements(value);
    List<Map<String, String>> elements = new ArrayList<>();
    while (true) {
      Map<String, String> element = reader.element();
      if (element == null) {
        return List.of();
      }
      if (!element.isEmpty()) {
        elements.add(element);
      }
      if (!reader.takes(',')) {
        return reader.isAtEnd() ? elements : List.of();
      }
    }
  }

  private @Nullable Map<String, String> element() {
    Map<String, String> parameters = new HashMap<>();
    do {
      skipSpace();
      int start = at;
      while (!isAtEnd() && "=;,\" \t".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      String name = text.substring(start, at).toLowerCase(Locale.ROOT);
      if (name.isEmpty()) {
        continue;
      }
      String value = takes('=') ? value() : null;
      if (value == null || parameters.put(name, value) != null) {
        return null;
      }
      skipSpace();
    } while (takes(';'));
    return parameters;
  }

  private @Nullable String value() {
    StringBuilder value = new StringBuilder();
    if (!takes('"')) {
      while (!isAtEnd() && ";,\" \t".indexOf(text.charAt(at)) < 0) {
        value.append(text.charAt(at++));
      }
      return value.toString();
    }
    while (!isAtEnd()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return value.toString();
      }
      if (c == '\\' && !isAtEnd()) {
        c = text.charAt(at++);
      }
      value.append(c);
    }
    return null;
  }

  private boolean takes(char c) {
    if (isAtEnd() || text.charAt(at) != c) {
      return false;
    }
    at++;
    return true;
  }

  private void skipSpace() {
    while (!isAtEnd() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
    }
  }

  private boolean isAtEnd() {
    return at == text.length();
  }
}
