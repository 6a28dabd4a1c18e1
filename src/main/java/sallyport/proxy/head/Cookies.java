package sallyport.proxy.head;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** Pairs of Cookie (RFC 6265 section 5.4). Stateless, any thread. */
final class Cookies {
  private Cookies() {}

  /** Returns the value of the first cookie of this name; null without one. */
  static @Nullable String value(String name, HttpHeaders headers) {
    for (String field : headers.getAll(HttpHeaderNames.COOKIE)) {
      int start = 0;
      while (start < field.length()) {
        int end = end(field, start);
        if (isNamed(name, field, start, end)) {
          return field.substring(field.indexOf('=', start) + 1, end).strip();
        }
        start = end + 1;
      }
    }
    return null;
  }

  /** Returns a field without the cookies of this name; the others stay as they are. */
  static String without(String name, String field) {
    StringBuilder rest = new StringBuilder(field.length());
    int start = 0;
    while (start < field.length()) {
      int end = end(field, start);
      if (!isNamed(name, field, start, end)) {
        rest.append(rest.isEmpty() ? "" : ";").append(field, start, end);
      }
      start = end + 1;
    }
    return rest.toString().strip();
  }

  private static int end(String field, int start) {
    int semicolon = field.indexOf(';', start);
    return semicolon < 0 ? field.length() : semicolon;
  }

  private static boolean isNamed(String name, String field, int start, int end) {
    int equals = field.indexOf('=', start, end);
    return equals >= 0 && field.substring(start, equals).strip().equals(name);
  }
}
