package sallyport.http.codec;

import io.netty.util.AsciiString;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Names of common fields as constants, whose hash and lower-case form are known. A name that is
 * spelled in its usual way, or in lower case, is replaced by its constant; every other spelling
 * stays as it came.
 */
public final class KnownNames {
  private record Known(AsciiString usual, AsciiString lowerCase) {}

  private static final AsciiString[] NONE = {};
  private static final int SIZE = 512;

  /** By the hash that Netty computes, the same in each case. */
  private static final @Nullable Known[] BY_HASH = new Known[SIZE];

  /** Each spelling, by its length, its first and its last octet. */
  private static final AsciiString[][] BY_OCTETS = new AsciiString[SIZE][];

  static {
    Arrays.fill(BY_OCTETS, NONE);
    for (String usual :
        """
        Accept
        Accept-Encoding
        Accept-Language
        Accept-Ranges
        Access-Control-Allow-Credentials
        Access-Control-Allow-Headers
        Access-Control-Allow-Methods
        Access-Control-Allow-Origin
        Access-Control-Expose-Headers
        Age
        Allow
        Alt-Svc
        Authorization
        Cache-Control
        Connection
        Content-Disposition
        Content-Encoding
        Content-Language
        Content-Length
        Content-Location
        Content-Range
        Content-Security-Policy
        Content-Type
        Cookie
        Date
        ETag
        Expect
        Expires
        Forwarded
        Host
        If-Match
        If-Modified-Since
        If-None-Match
        If-Unmodified-Since
        Keep-Alive
        Last-Modified
        Link
        Location
        Origin
        Permissions-Policy
        Pragma
        Priority
        Proxy-Authenticate
        Proxy-Connection
        Range
        Referer
        Referrer-Policy
        Retry-After
        Sec-Fetch-Dest
        Sec-Fetch-Mode
        Sec-Fetch-Site
        Sec-Fetch-User
        Server
        Set-Cookie
        Strict-Transport-Security
        TE
        Trailer
        Transfer-Encoding
        Upgrade
        Upgrade-Insecure-Requests
        User-Agent
        Vary
        Via
        WWW-Authenticate
        X-Content-Type-Options
        X-Forwarded-For
        X-Forwarded-Host
        X-Forwarded-Port
        X-Forwarded-Proto
        X-Frame-Options
        X-Powered-By
        X-Request-ID
        X-Requested-With
        """
            .lines()
            .toList()) {
      add(new Known(AsciiString.cached(usual), AsciiString.cached(usual.toLowerCase(Locale.ROOT))));
    }
  }

  private KnownNames() {}

  private static void add(Known name) {
    int at = place(name.usual());
    while (BY_HASH[at] != null) {
      at = (at + 1) % SIZE;
    }
    BY_HASH[at] = name;
    addSpelling(name.usual());
    addSpelling(name.lowerCase());
  }

  private static void addSpelling(AsciiString name) {
    int at = place(name.toByteArray(), name.length());
    AsciiString[] more = Arrays.copyOf(BY_OCTETS[at], BY_OCTETS[at].length + 1);
    more[more.length - 1] = name;
    BY_OCTETS[at] = more;
  }

  private static int place(AsciiString name) {
    return (name.hashCode() * 0x9E3779B1) >>> 23;
  }

  private static int place(byte[] line, int length) {
    return (length + line[0] * 31 + line[length - 1] * 131) & (SIZE - 1);
  }

  /**
   * Returns the name that a line begins with: a constant where it has one.
   *
   * @param length of the name, 1 or more
   */
  static AsciiString of(byte[] line, int length) {
    for (AsciiString known : BY_OCTETS[place(line, length)]) {
      if (known.length() == length && Arrays.equals(known.array(), 0, length, line, 0, length)) {
        return known;
      }
    }
    return new AsciiString(line, 0, length, /* copy= */ false);
  }

  /** Returns the name in lower case; of a constant without a copy. */
  @SuppressWarnings("ReferenceEquality")
  public static AsciiString lowerCase(CharSequence name) {
    AsciiString ascii = AsciiString.of(name);
    int at = place(ascii);
    Known known;
    while ((known = BY_HASH[at]) != null) {
      if (known.usual() == ascii || known.lowerCase() == ascii) {
        return known.lowerCase();
      }
      at = (at + 1) % SIZE;
    }
    return ascii.toLowerCase();
  }
}
