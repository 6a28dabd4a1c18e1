package sallyport.http.codec;

import io.netty.util.AsciiString;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import sallyport.config.http.IdentityFieldsConfig;
import sallyport.http.FieldNameSet;

/**
 * Fields that must not follow the body, because decisions rest on them: framing, routing,
 * authentication, request modifiers, and how the content is read (RFC 9110 section 6.5.1).
 */
public final class TrailerRules {
  private static final Set<AsciiString> FORBIDDEN = new HashSet<>();

  /**
   * Fields refused in trailers of all senders, also those that the listener passes in a header
   * section.
   */
  private static final FieldNameSet IDENTITY =
      new FieldNameSet(IdentityFieldsConfig.STRICT.dropped(/* trusted= */ false), List.of());

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
            "http2-settings",
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
  }

  private TrailerRules() {}

  /**
   * Returns whether a field of this name, in any case, must not be in a trailer section.
   *
   * @param request whether of a request, in which nothing may tell who the client is either
   */
  public static boolean isForbidden(CharSequence name, boolean request) {
    return FORBIDDEN.contains(AsciiString.of(name).toLowerCase())
        || (request && IDENTITY.contains(name) && FieldNameSet.isPlain(name));
  }
}
