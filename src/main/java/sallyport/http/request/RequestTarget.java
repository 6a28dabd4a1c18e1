package sallyport.http.request;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Path and query of a request (RFC 9112 section 3.2). Routing decides on the {@linkplain #canonical
 * canonical} path. The raw path is passed on, which is the same path by RFC 3986 section 6.2.2:
 * another spelling would break signatures over it.
 *
 * @param authority the authority of an absolute-form target, which overrules Host; null otherwise
 * @param path begins with {@code /}, or is {@code *} for the asterisk form
 * @param rawPath the same with its percent-encoding as it came
 * @param query as it came, without the question mark; null when there is none
 */
public record RequestTarget(
    @Nullable String authority, String path, String rawPath, @Nullable String query) {
  /** Treatment of a path that can be read in two ways. */
  public enum Ambiguity {
    /** It has no canonical form. */
    REJECT,
    /** Dot segments, encoded slashes, backslashes and empty segments are resolved. */
    NORMALISE,
    /** Encoded slashes and backslashes stay; dot segments among them have no canonical form. */
    PASS
  }

  private static final String HEX = "0123456789ABCDEF";

  /** A slash, and all that some backend takes for one. */
  private static final Pattern SEPARATOR = Pattern.compile("[/\\\\]|%2[Ff]|%5[Cc]");

  /**
   * Parses origin-form, absolute-form with http or https, and {@code *}.
   *
   * @return null when the target has none of these forms, or has anything but visible ASCII or a
   *     fragment
   */
  public static @Nullable RequestTarget parse(String uri) {
    if (!isVisibleAscii(uri)) {
      return null;
    }
    if (uri.equals("*")) {
      return new RequestTarget(null, uri, uri, null);
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
    return new RequestTarget(
        authority, path, path, question < 0 ? null : uri.substring(question + 1));
  }

  /** Returns whether this is the asterisk form, which has no path. */
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
   * Returns the canonical form of this path: letters, digits and {@code -._~} not encoded, all else
   * encoded in upper case (RFC 3986 section 6.2.2).
   *
   * @param ambiguity what becomes of dot segments, encoded slashes and backslashes
   * @return null when a backend could read the path as another one: as {@code ambiguity} says; and
   *     always with a broken percent-encoding, an encoded control character, or a dot segment with
   *     a parameter ({@code ..;x}), which no rule resolves
   */
  public @Nullable RequestTarget canonical(Ambiguity ambiguity) {
    if (isPlain(path)) {
      return this;
    }
    String decoded = decode(path);
    if (decoded == null) {
      return null;
    }
    return switch (ambiguity) {
      case REJECT ->
          hidesSeparator(decoded) || hasDotSegment(decoded)
              ? null
              : new RequestTarget(authority, decoded, rawPath, query);
      case NORMALISE -> resolve();
      case PASS ->
          hasDotSegment(SEPARATOR.matcher(decoded).replaceAll("/"))
              ? null
              : new RequestTarget(authority, decoded, rawPath, query);
    };
  }

  /** Returns whether there is nothing in the path that {@link #canonical} would look at. */
  public boolean isPlain() {
    return isPlain(path);
  }

  /**
   * Returns the raw path behind the first characters of the canonical one.
   *
   * @param length of a prefix that ends at a segment boundary
   */
  public String rawPathFrom(int length) {
    int at = 0;
    for (int done = 0; done < length; ) {
      boolean encoded = rawPath.charAt(at) == '%';
      boolean decodes =
          encoded && isUnreserved(hex(rawPath.charAt(at + 1), rawPath.charAt(at + 2)));
      done += encoded && !decodes ? 3 : 1;
      at += encoded ? 3 : 1;
    }
    return rawPath.substring(at);
  }

  /**
   * Returns whether a path has nothing encoded, no backslash and no segment of dots. It is the
   * quick way for almost every path.
   */
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
   * @return null when the percent-encoding is broken, or is of a control character
   */
  private static @Nullable String decode(String path) {
    StringBuilder decoded = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c != '%') {
        decoded.append(c);
        continue;
      }
      int octet = i + 2 < path.length() ? hex(path.charAt(i + 1), path.charAt(i + 2)) : -1;
      i += 2;
      if (octet < ' ' || octet == 0x7f) {
        return null;
      }
      if (isUnreserved(octet)) {
        decoded.append((char) octet);
      } else {
        decoded.append('%').append(HEX.charAt(octet >> 4)).append(HEX.charAt(octet & 15));
      }
    }
    return decoded.toString();
  }

  private static boolean hidesSeparator(String decoded) {
    return decoded.indexOf('\\') >= 0 || decoded.contains("%2F") || decoded.contains("%5C");
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
   * Removes dot segments and empty ones (RFC 3986 section 5.2.4); what is left of the raw path
   * stays as it came.
   *
   * @return null when it leads above the root
   */
  private @Nullable RequestTarget resolve() {
    List<String> kept = new ArrayList<>();
    List<String> raw = new ArrayList<>();
    String[] segments = SEPARATOR.split(rawPath.substring(1), -1);
    for (int i = 0; i < segments.length; i++) {
      String segment = decode(segments[i]);
      boolean last = i == segments.length - 1;
      if (segment == null) {
        return null;
      }
      if (segment.equals("..")) {
        if (kept.isEmpty()) {
          return null;
        }
        kept.removeLast();
        raw.removeLast();
      } else if (!segment.isEmpty() && !segment.equals(".")) {
        kept.add(segment);
        raw.add(segments[i]);
        continue;
      }
      if (last) {
        // The path named a folder, and still does.
        kept.add("");
        raw.add("");
      }
    }
    String resolved = "/" + String.join("/", kept);
    return hasDotSegment(resolved)
        ? null
        : new RequestTarget(authority, resolved, "/" + String.join("/", raw), query);
  }

  /**
   * Returns whether a segment is one or two dots, with or without a matrix parameter behind them.
   */
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
