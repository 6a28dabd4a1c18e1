package sallyport.http;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Set of field names, compared as gateway interfaces such as CGI fold them: letters become
 * capitals, all else underscores (RFC 3875 section 4.1.18): {@code Client_Cert} is {@code
 * HTTP_CLIENT_CERT} there, as {@code Client-Cert} is.
 *
 * <p>A look-up allocates nothing; for most names it is one look at a table. Immutable.
 */
public final class FieldNameSet {
  /** Fields that the gateway writes or reads itself: other spellings of them are in every set. */
  private static final List<String> OWN =
      List.of(
          "content-length",
          "forwarded",
          "transfer-encoding",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-prefix",
          "x-forwarded-proto",
          "x-request-id");

  private static final byte[] FOLDED = new byte[256];

  static {
    Arrays.fill(FOLDED, (byte) '-');
    for (int c = '0'; c <= '9'; c++) {
      FOLDED[c] = (byte) c;
    }
    for (int c = 'a'; c <= 'z'; c++) {
      FOLDED[c] = (byte) c;
      FOLDED[c - 'a' + 'A'] = (byte) c;
    }
  }

  /** Verdict on a name. */
  private enum Verdict {
    IN,
    OUT,
    /** In unless it is spelled with hyphens. */
    OWN
  }

  /**
   * @param name folded
   */
  private record Entry(String name, Verdict verdict) {}

  private static final Entry[] NONE = {};

  /** Open addressing by the hash of the folded name. */
  private final @Nullable Entry[] names;

  /** For each first octet, a bit for each length of a name in the table; 63 and more is one. */
  private final long[] lengths = new long[128];

  /** For each first octet, the beginnings of names, the longest first. */
  private final Entry[][] prefixes = new Entry[128][];

  /**
   * @param in names; a {@code *} at the end stands for anything
   * @param out names that are not in the set though one of the others stands for them; of two that
   *     stand for a name, the longer one counts
   */
  public FieldNameSet(Collection<String> in, Collection<String> out) {
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    out.forEach(name -> verdicts.put(name, Verdict.OUT));
    in.forEach(name -> verdicts.put(name, Verdict.IN));
    OWN.forEach(name -> verdicts.put(name, Verdict.OWN));
    names = new Entry[Integer.highestOneBit(verdicts.size()) * 4];
    Arrays.fill(prefixes, NONE);
    verdicts.forEach(this::add);
    for (Entry[] of : prefixes) {
      Arrays.sort(of, Comparator.comparingInt((Entry entry) -> entry.name().length()).reversed());
    }
  }

  private void add(String pattern, Verdict verdict) {
    boolean prefix = pattern.endsWith("*");
    String text = prefix ? pattern.substring(0, pattern.length() - 1) : pattern;
    StringBuilder name = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      name.append((char) folded(text, i));
    }
    Entry entry = new Entry(name.toString(), verdict);
    byte first = folded(text, 0);
    if (prefix) {
      Entry[] longer = Arrays.copyOf(prefixes[first], prefixes[first].length + 1);
      longer[longer.length - 1] = entry;
      prefixes[first] = longer;
      return;
    }
    lengths[first] |= bit(text.length());
    int at = hash(text) & (names.length - 1);
    while (names[at] != null) {
      at = (at + 1) & (names.length - 1);
    }
    names[at] = entry;
  }

  private static long bit(int length) {
    return 1L << Math.min(length, 63);
  }

  private static byte folded(CharSequence name, int at) {
    char c = name.charAt(at);
    return c > 0xff ? (byte) '-' : FOLDED[c];
  }

  private static int hash(CharSequence name) {
    int hash = 0;
    for (int i = 0; i < name.length(); i++) {
      hash = hash * 31 + folded(name, i);
    }
    return hash ^ (hash >>> 15);
  }

  /** Returns whether a field of this name, in any spelling, is in the set. */
  public boolean contains(CharSequence name) {
    int length = name.length();
    if (length == 0) {
      return false;
    }
    byte first = folded(name, 0);
    if ((lengths[first] & bit(length)) != 0) {
      int at = hash(name) & (names.length - 1);
      Entry entry;
      while ((entry = names[at]) != null) {
        if (entry.name().length() == length && begins(name, entry.name())) {
          return holds(entry.verdict(), name);
        }
        at = (at + 1) & (names.length - 1);
      }
    }
    for (Entry prefix : prefixes[first]) {
      if (length >= prefix.name().length() && begins(name, prefix.name())) {
        return holds(prefix.verdict(), name);
      }
    }
    return false;
  }

  private static boolean begins(CharSequence name, String with) {
    for (int i = 0; i < with.length(); i++) {
      if (folded(name, i) != with.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean holds(Verdict verdict, CharSequence name) {
    return switch (verdict) {
      case IN -> true;
      case OUT -> false;
      case OWN -> !isPlain(name);
    };
  }

  /**
   * Returns whether a name is made of letters, digits and hyphens: no gateway interface folds it.
   */
  public static boolean isPlain(CharSequence name) {
    for (int i = 0; i < name.length(); i++) {
      if (folded(name, i) == '-' && name.charAt(i) != '-') {
        return false;
      }
    }
    return true;
  }
}
