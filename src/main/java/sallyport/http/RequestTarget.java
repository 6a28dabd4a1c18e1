package sallyport.http;

import org.jspecify.annotations.Nullable;

/**
 * The path and query of a request, checked so that routing decides on exactly what is forwarded
 * (RFC 9112 section 3.2).
 *
 * @param authority the authority of an absolute-form target, which overrules Host; null otherwise
 * @param path begins with {@code /}, or is {@code *} for the asterisk form
 * @param query without the question mark; null when there is none
 */
public record RequestTarget(@Nullable String authority, String path, @Nullable String query) {
  /**
   * Takes origin-form, absolute-form with http or https, and {@code *}.
   *
   * @return null when the target is none of these, holds anything but visible ASCII, a fragment or
   *     a backslash, or has a dot segment or an encoded NUL in its path, in whatever encoding
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
    if (path.charAt(0) != '/' || isAmbiguous(path)) {
      return null;
    }
    return new RequestTarget(authority, path, question < 0 ? null : uri.substring(question + 1));
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

  /**
   * Whether a lenient backend could read this path as another one. A segment ends at a slash,
   * encoded or not, and at a backslash, which some servers take for one; a matrix parameter ({@code
   * ..;x}) is no disguise either.
   */
  private static boolean isAmbiguous(String path) {
    int length = 0;
    boolean onlyDots = true;
    boolean parameters = false;
    for (int i = 1; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '%') {
        int value = i + 2 < path.length() ? hex(path.charAt(i + 1), path.charAt(i + 2)) : -1;
        if (value <= 0) {
          return true;
        }
        c = (char) value;
        i += 2;
      }
      if (c == '\\') {
        return true;
      }
      if (c == '/') {
        if (isDotSegment(length, onlyDots)) {
          return true;
        }
        length = 0;
        onlyDots = true;
        parameters = false;
      } else if (!parameters && c == ';') {
        parameters = true;
      } else if (!parameters) {
        onlyDots &= c == '.';
        length++;
      }
    }
    return isDotSegment(length, onlyDots);
  }

  private static boolean isDotSegment(int length, boolean onlyDots) {
    return onlyDots && (length == 1 || length == 2);
  }

  private static int hex(char high, char low) {
    int h = Character.digit(high, 16);
    int l = Character.digit(low, 16);
    return h < 0 || l < 0 ? -1 : h << 4 | l;
  }
}
