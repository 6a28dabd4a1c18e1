package sallyport.http.codec;

/** Character classes of octets (RFC 9110 section 5.6.2, RFC 5234 appendix B.1). */
public final class Octets {
  private static final byte TOKEN = 1;
  private static final byte PLAIN = 2;
  private static final byte VALUE = 4;

  private static final byte[] KINDS = new byte[256];

  static {
    for (int c = '0'; c <= '9'; c++) {
      KINDS[c] |= TOKEN | PLAIN;
    }
    for (int c = 'a'; c <= 'z'; c++) {
      KINDS[c] |= TOKEN | PLAIN;
      KINDS[c - 'a' + 'A'] |= TOKEN | PLAIN;
    }
    KINDS['-'] |= PLAIN;
    for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
      KINDS[c] |= TOKEN;
    }
    for (int c = ' '; c < 256; c++) {
      KINDS[c] |= VALUE;
    }
    KINDS[0x7f] = 0;
    KINDS['\t'] |= VALUE;
  }

  private Octets() {}

  /** Returns whether an octet may be in a token: a method or a field name. */
  public static boolean isToken(int octet) {
    return octet < 256 && (KINDS[octet] & TOKEN) != 0;
  }

  /** Returns whether a text is a token (RFC 9110 section 5.6.2), of one character or more. */
  public static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isToken(text.charAt(i))) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /** Returns whether a text has one character or more, each visible and of ASCII. */
  public static boolean isVisible(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isVisible(text.charAt(i))) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /**
   * Returns whether an octet is a letter, a digit or a hyphen: backends read field names of these
   * alike.
   */
  public static boolean isPlainName(int octet) {
    return octet < 256 && (KINDS[octet] & PLAIN) != 0;
  }

  /**
   * Returns whether an octet may be in a field value: visible, space, tab, or obs-text (RFC 9110
   * section 5.5).
   */
  public static boolean isValue(int octet) {
    return octet < 256 && (KINDS[octet] & VALUE) != 0;
  }

  public static boolean isVisible(int octet) {
    return octet > ' ' && octet < 0x7f;
  }

  public static boolean isBlank(int octet) {
    return octet == ' ' || octet == '\t';
  }

  /** Returns the value of a hexadecimal digit; -1 for any other octet. */
  public static int hex(int octet) {
    return octet < 0x80 ? Character.digit(octet, 16) : -1;
  }
}
