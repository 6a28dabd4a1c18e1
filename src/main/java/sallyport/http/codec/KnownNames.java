package sallyport.http.codec;

import io.netty.util.AsciiString;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Names of common fields as constants, whose hash and lower-case form are known. A name that is
 * spelled in its usual way, or in lower case, is replaced by its constant; every other spelling
 * stays as it came.
 */
public final class KnownNames {
  private record Known(AsciiString usual, AsciiString lowerCase) {}

  private static final int SIZE = 512;
  private static final @Nullable Known[] TABLE = new Known[SIZE];

  static {
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
    while (TABLE[at] != null) {
      at = (at + 1) % SIZE;
    }
    TABLE[at] = name;
  }

  /** Netty's hash is the same in each case. */
  private static int place(AsciiString name) {
    return (name.hashCode() * 0x9E3779B1) >>> 23;
  }

  /** Returns the constant of this spelling; the name itself where there is none. */
  static AsciiString constant(AsciiString name) {
    int at = place(name);
    Known known;
    while ((known = TABLE[at]) != null) {
      if (known.usual().equals(name)) {
        return known.usual();
      }
      if (known.lowerCase().equals(name)) {
        return known.lowerCase();
      }
      at = (at + 1) % SIZE;
    }
    return name;
  }

  /** Returns the name in lower case; of a constant without a copy. */
  @SuppressWarnings("ReferenceEquality")
  public static AsciiString lowerCase(CharSequence name) {
    AsciiString ascii = AsciiString.of(name);
    int at = place(ascii);
    Known known;
    while ((known = TABLE[at]) != null) {
      if (known.usual() == ascii || known.lowerCase() == ascii) {
        return known.lowerCase();
      }
      at = (at + 1) % SIZE;
    }
    return ascii.toLowerCase();
  }
}
