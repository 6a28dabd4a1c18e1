package sallyport.route;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.PathFolding;

/**
 * Folds a path as a backend could before it looks whose path it is. Pure and immutable.
 *
 * <p>Takes paths in canonical form: visible ASCII, well-formed percent-encoding, no dot segments,
 * unreserved characters not encoded. Encoded slashes and backslashes are always slashes.
 */
final class PathFolder {
  /** Work that a path needs; each kind costs more than those before it. */
  enum Effort {
    /** It is its own folded form. */
    NONE,
    /** Its letters are of both cases, and nothing else of it is folded. */
    CASE,
    FOLD
  }

  /** What is encoded more often than this is not decoded any further. */
  private static final int MAX_DECODINGS = 4;

  private final boolean emptySegments;
  private final boolean parameters;
  private final boolean letterCase;
  private final boolean trailing;
  private final boolean loose;

  PathFolder(Set<PathFolding> foldings) {
    emptySegments = foldings.contains(PathFolding.EMPTY_SEGMENTS);
    parameters = foldings.contains(PathFolding.PARAMETERS);
    letterCase = foldings.contains(PathFolding.CASE);
    trailing = foldings.contains(PathFolding.TRAILING_DOTS);
    loose = foldings.contains(PathFolding.LOOSE_DECODING);
  }

  boolean foldsNothing() {
    return !(emptySegments || parameters || letterCase || trailing || loose);
  }

  boolean foldsCase() {
    return letterCase;
  }

  /** One look at each character; allocates nothing. */
  Effort effort(String path) {
    Effort effort = Effort.NONE;
    char before = 0;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '%'
          || c == '\\'
          || (c == ';' && parameters)
          || (c == ':' && trailing)
          || (c == '/' && ((before == '/' && emptySegments) || (before == '.' && trailing)))) {
        return Effort.FOLD;
      }
      if (letterCase && c >= 'A' && c <= 'Z') {
        effort = Effort.CASE;
      }
      before = c;
    }
    return before == '.' && trailing ? Effort.FOLD : effort;
  }

  /**
   * The folded form of a path that is decoded once, and behind it those of one that is decoded
   * again, as long as there is something to decode.
   *
   * @return null when no form tells where the path leads: a segment becomes {@code ..}, or it is
   *     encoded more than four times
   */
  @Nullable List<String> forms(String path) {
    List<String> forms = new ArrayList<>(2);
    String octets = path;
    for (int decodings = 1; ; decodings++) {
      String decoded = decode(octets);
      if (decodings > 1 && decoded.equals(octets)) {
        return forms;
      }
      if (decodings > MAX_DECODINGS) {
        return null;
      }
      String form = fold(characters(decoded));
      if (form == null) {
        return null;
      }
      forms.add(form);
      if (!loose) {
        return forms;
      }
      octets = decoded;
    }
  }

  // ---- decoding

  /** Percent-encoding decoded once, to octets; what is broken of it stays. */
  private String decode(String octets) {
    if (octets.indexOf('%') < 0) {
      return octets;
    }
    StringBuilder decoded = new StringBuilder(octets.length());
    for (int i = 0; i < octets.length(); i++) {
      char c = octets.charAt(i);
      int octet = c == '%' ? hex(octets, i + 1, 2) : -1;
      int unicode =
          c == '%' && loose && octets.regionMatches(true, i + 1, "u", 0, 1)
              ? hex(octets, i + 2, 4)
              : -1;
      if (octet >= 0) {
        decoded.append((char) octet);
        i += 2;
      } else if (unicode >= 0) {
        // IIS and classic ASP.
        byte[] utf8 = Character.toString(unicode).getBytes(StandardCharsets.UTF_8);
        decoded.append(new String(utf8, StandardCharsets.ISO_8859_1));
        i += 5;
      } else {
        decoded.append(c);
      }
    }
    return decoded.toString();
  }

  private static int hex(String text, int from, int digits) {
    if (from + digits > text.length()) {
      return -1;
    }
    int value = 0;
    for (int i = from; i < from + digits; i++) {
      char c = text.charAt(i);
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  /**
   * Octets as UTF-8; an invalid octet stands for itself. Loosely, a sequence may be longer than
   * need be (CVE-2008-2938), and compatibility forms become what they stand for, as the best fit of
   * Windows' code pages makes them.
   */
  private String characters(String octets) {
    StringBuilder text = new StringBuilder(octets.length());
    boolean ascii = true;
    for (int i = 0; i < octets.length(); i++) {
      char lead = octets.charAt(i);
      int more = lead < 0xc0 || lead > 0xf7 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      int code = more == 0 ? lead : lead & (0x3f >> more);
      for (int j = 1; j <= more; j++) {
        char next = i + j < octets.length() ? octets.charAt(i + j) : 0;
        code = (next & 0xc0) == 0x80 && code >= 0 ? code << 6 | (next & 0x3f) : -1;
      }
      boolean overlong = more > 0 && code < (more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000);
      if (code < 0 || (overlong && !loose) || !Character.isValidCodePoint(code)) {
        code = lead;
        more = 0;
      }
      ascii &= code < 0x80;
      text.appendCodePoint(code);
      i += more;
    }
    return loose && !ascii ? Normalizer.normalize(text, Normalizer.Form.NFKC) : text.toString();
  }

  // ---- segments

  /**
   * @return null when a segment leads upwards
   */
  private @Nullable String fold(String text) {
    StringBuilder form = new StringBuilder(text.length());
    String path = text.replace('\\', '/');
    for (int start = 1; start <= path.length(); ) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      String segment = segment(path.substring(start, end));
      if (segment.equals("..")) {
        return null;
      }
      String name = segment.equals(".") ? "" : withoutTrail(segment);
      boolean stays = !name.isEmpty() || (end == start && !emptySegments);
      if (stays) {
        form.append('/').append(name);
      } else if (slash < 0 && !endsWithSlash(form)) {
        // It named a folder, and still does.
        form.append('/');
      }
      start = end + 1;
    }
    if (form.isEmpty()) {
      form.append('/');
    }
    return letterCase ? lowerCase(form) : form.toString();
  }

  private static boolean endsWithSlash(StringBuilder text) {
    return !text.isEmpty() && text.charAt(text.length() - 1) == '/';
  }

  /** Without what is cut off, and without blanks on either side. */
  private String segment(String whole) {
    int end = whole.length();
    int lastDollar = trailing ? whole.lastIndexOf('$') : -1;
    for (int i = 0; i < end; i++) {
      char c = whole.charAt(i);
      if ((c == ';' && parameters)
          || ((c == '?' || c == '#' || c == 0) && loose)
          || (c == ':' && lastDollar > i)) {
        end = i;
      }
    }
    int start = 0;
    while (trailing && start < end && isBlank(whole.charAt(start))) {
      start++;
    }
    while (trailing && end > start && isBlank(whole.charAt(end - 1))) {
      end--;
    }
    return whole.substring(start, end);
  }

  private String withoutTrail(String segment) {
    int end = segment.length();
    while (trailing
        && end > 0
        && (segment.charAt(end - 1) == '.' || isBlank(segment.charAt(end - 1)))) {
      end--;
    }
    return segment.substring(0, end);
  }

  private static boolean isBlank(char c) {
    return c <= ' ' || c == 0x7f || c == 0x85 || c == 0xa0;
  }

  /** Folds each character alone, as {@link String#equalsIgnoreCase} holds them together. */
  private static String lowerCase(CharSequence text) {
    StringBuilder lower = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      lower.append(Character.toLowerCase(Character.toUpperCase(text.charAt(i))));
    }
    return lower.toString();
  }
}
