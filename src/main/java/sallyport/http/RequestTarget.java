package sallyport.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The path and query of a request (RFC 9112 section 3.2). Routing and the backend get the
 * {@linkplain #canonical canonical} form, so that both decide on the same path.
 *
 * @param authority the authority of an absolute-form target, which overrules Host; null otherwise
 * @param path begins with {@code /}, or is {@code *} for the asterisk form
 * @param query without the question mark; null when there is none
 */
public record RequestTarget(@Nullable String authority, String path, @Nullable String query) {
  private static final String HEX = "0123456789ABCDEF";

  /**
   * Takes origin-form, absolute-form with http or https, and {@code *}.
   *
   * @return null when the target is none of these, or holds anything but visible ASCII or a
   *     fragment
   */
  public static @Nullable RequestTarget parse(String uri) {
    if (!isVisibleAscii(uri)) {
      return null;
    }
    if (uri.equals("*")) {
      return new RequestTarget(null, uri, null);
    }
    String authority = null;
    int start = 0;
    if (!uri.startsWith("/")) {
      int scheme = schemeLength(uri);
      if (scheme < 0) {
        return null;
      }
      start = authorityEnd(uri, scheme);
      authority = uri.substring(scheme, start);
    }
    int question = uri.indexOf('?', start);
    int pathEnd = question < 0 ? uri.length() : question;
    String path = pathEnd == start ? "/" : uri.substring(start, pathEnd);
    if (path.charAt(0) != '/') {
      return null;
    }
    return new RequestTarget(authority, path, question < 0 ? null : uri.substring(question + 1));
  }

  /** Whether this is the asterisk form, which has no path. */
  public boolean isAsterisk() {
    return path.equals("*");
  }

  private static int schemeLength(String uri) {
    if (uri.regionMatches(true, 0, "https://", 0, 8)) {
      return 8;
    }
    return uri.regionMatches(true, 0, "http://", 0, 7) ? 7 : -1;
  }

  private static int authorityEnd(String uri, int from) {
    for (int i = from; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c == '/' || c == '?') {
        return i;
      }
    }
    return uri.length();
  }

  private static boolean isVisibleAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        return false;
      }
    }
    return !text.isEmpty();
  }

  // ---- canonical form

  /**
   * The one way in which this path may be written: letters, digits and {@code -._~} not encoded,
   * all else encoded in upper case (RFC 3986 section 6.2.2).
   *
   * @param normalise whether dot segments, encoded slashes, backslashes and empty segments are
   *     resolved; otherwise a path with any of the first three has no canonical form
   * @return null when a backend could read the path as another one: besides these, a broken
   *     percent-encoding, an encoded control character, or a dot segment with a parameter ({@code
   *     ..;x}), which no rule resolves
   */
  public @Nullable RequestTarget canonical(boolean normalise) {
    if (isPlain(path)) {
      return this;
    }
    StringBuilder decoded = new StringBuilder(path.length());
    if (!decode(path, normalise, decoded)) {
      return null;
    }
    String canonical = decoded.toString();
    if (normalise) {
      canonical = resolve(canonical);
    }
    return canonical == null || hasDotSegment(canonical)
        ? null
        : new RequestTarget(authority, canonical, query);
  }

  /** The quick way for almost every path: nothing encoded, no backslash, no segment of dots. */
  private static boolean isPlain(String path) {
    char before = 0;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '%' || c == '\\' || (before == '/' && (c == '.' || c == '/'))) {
        return false;
      }
      before = c;
    }
    return true;
  }

  /**
   * @return false when the path cannot be made plain
   */
  private static boolean decode(String path, boolean normalise, StringBuilder to) {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      int octet = c;
      if (c == '%') {
        octet = i + 2 < path.length() ? hex(path.charAt(i + 1), path.charAt(i + 2)) : -1;
        i += 2;
        if (octet < ' ' || octet == 0x7f) {
          return false;
        }
      }
      if (octet == '\\' || (octet == '/' && c == '%')) {
        if (!normalise) {
          return false;
        }
        to.append('/');
      } else if (c != '%' || isUnreserved(octet)) {
        to.append((char) octet);
      } else {
        to.append('%').append(HEX.charAt(octet >> 4)).append(HEX.charAt(octet & 15));
      }
    }
    return true;
  }

  private static boolean isUnreserved(int octet) {
    return (octet >= 'a' && octet <= 'z')
        || (octet >= 'A' && octet <= 'Z')
        || (octet >= '0' && octet <= '9')
        || octet == '-'
        || octet == '.'
        || octet == '_'
        || octet == '~';
  }

  /**
   * Takes dot segments and empty ones out (RFC 3986 section 5.2.4).
   *
   * @return null when it leads above the root
   */
  private static @Nullable String resolve(String path) {
    List<String> kept = new ArrayList<>();
    String[] segments = path.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      String segment = segments[i];
      boolean last = i == segments.length - 1;
      if (segment.equals("..")) {
        if (kept.isEmpty()) {
          return null;
        }
        kept.removeLast();
      } else if (!segment.isEmpty() && !segment.equals(".")) {
        kept.add(segment);
        continue;
      }
      if (last) {
        // The path named a folder, and still does.
        kept.add("");
      }
    }
    return "/" + String.join("/", kept);
  }

  /** Whether a segment is one or two dots, with or without a matrix parameter behind them. */
  private static boolean hasDotSegment(String path) {
    int segment = 1;
    while (segment <= path.length()) {
      int end = path.indexOf('/', segment);
      end = end < 0 ? path.length() : end;
      int dots = 0;
      while (segment + dots < end && path.charAt(segment + dots) == '.') {
        dots++;
      }
      boolean whole = segment + dots == end || path.charAt(segment + dots) == ';';
      if (whole && (dots == 1 || dots == 2)) {
        return true;
      }
      segment = end + 1;
    }
    return false;
  }

  private static int hex(char high, char low) {
    int h = high < 0x80 ? Character.digit(high, 16) : -1;
    int l = low < 0x80 ? Character.digit(low, 16) : -1;
    return h < 0 || l < 0 ? -1 : h << 4 | l;
  }
}
