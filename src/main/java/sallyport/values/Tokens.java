package sallyport.values;

import java.util.regex.Pattern;

/**
 * Tokens (RFC 9110 section 5.6.2): names of methods, fields and cookies (RFC 6265 section 4.1.1).
 */
public final class Tokens {
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private Tokens() {}

  /** Returns whether a text is a token. */
  public static boolean isToken(String text) {
    return TOKEN.matcher(text).matches();
  }
}
