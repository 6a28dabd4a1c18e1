package sallyport.codec;

import io.netty.util.AsciiString;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import sallyport.http.ForwardedHeaders;

/**
 * Fields that must not come after the body, because somebody has already decided by them: framing,
 * routing, authentication, request modifiers, and how the content is read (RFC 9110 section 6.5.1).
 */
final class TrailerRules {
  private static final Set<AsciiString> FORBIDDEN = new HashSet<>();

  static {
    for (String name :
        List.of(
            "authorization",
            "cache-control",
            "connection",
            "content-encoding",
            "content-length",
            "content-range",
            "content-type",
            "cookie",
            "expect",
            "forwarded",
            "host",
            "if-match",
            "if-modified-since",
            "if-none-match",
            "if-range",
            "if-unmodified-since",
            "keep-alive",
            "max-forwards",
            "origin",
            "pragma",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "range",
            "set-cookie",
            "strict-transport-security",
            "te",
            "traceparent",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "via",
            "www-authenticate",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-port",
            "x-forwarded-proto",
            "x-request-id")) {
      FORBIDDEN.add(AsciiString.cached(name));
    }
    FORBIDDEN.addAll(ForwardedHeaders.FORGED);
  }

  private TrailerRules() {}

  /** Whether a field of this name, in whatever case, has no place in a trailer section. */
  static boolean isForbidden(CharSequence name) {
    return FORBIDDEN.contains(AsciiString.of(name).toLowerCase());
  }
}
