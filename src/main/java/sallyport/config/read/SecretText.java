package sallyport.config.read;

import java.util.regex.Pattern;

/**
 * Recognition of texts that may be secrets, such as a private key in place of its file's name.
 * Problems go to logs and to the answer of a reload, so they never repeat such a text.
 */
public final class SecretText {
  /** How PEM begins (RFC 7468 section 2). */
  private static final String PEM = "-----BEGIN";

  /** Base64 alone, as long as the shortest private key: names of files have dots and hyphens. */
  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]{60,}={0,2}");

  private SecretText() {}

  /** Whether a text is no name or word, but of several lines, or a key. */
  static boolean isLikely(String text) {
    return text.indexOf('\n') >= 0
        || text.indexOf('\r') >= 0
        || hasPem(text)
        || BASE64.matcher(text).matches();
  }

  /** Whether PEM begins somewhere. */
  public static boolean hasPem(String text) {
    return text.contains(PEM);
  }

  /** A value for people. */
  static String quoted(Object value) {
    String text = String.valueOf(value);
    return isLikely(text) ? "a text that may be a secret and is not shown here" : "'" + text + "'";
  }
}
