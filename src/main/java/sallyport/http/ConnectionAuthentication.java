package sallyport.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;

/**
 * Authentication schemes that authenticate a connection, not a request: later requests on the same
 * connection count as authenticated (RFC 4559 section 6, MS-NTHT). A connection that has seen one
 * of them serves no other client.
 */
public final class ConnectionAuthentication {
  private static final String[] SCHEMES = {"NTLM", "Negotiate"};

  private ConnectionAuthentication() {}

  /** Returns whether a request authenticates its connection. */
  public static boolean isUsedBy(HttpHeaders request) {
    return request.contains(HttpHeaderNames.AUTHORIZATION)
        && namesScheme(request, HttpHeaderNames.AUTHORIZATION);
  }

  /** Returns whether a response asks its client to authenticate the connection. */
  public static boolean isOfferedBy(HttpResponse response) {
    return switch (response.status().code()) {
      case 401 -> namesScheme(response.headers(), HttpHeaderNames.WWW_AUTHENTICATE);
      case 407 -> namesScheme(response.headers(), HttpHeaderNames.PROXY_AUTHENTICATE);
      default -> false;
    };
  }

  private static boolean namesScheme(HttpHeaders headers, CharSequence name) {
    for (String value : headers.getAll(name)) {
      // A comma within a quoted string makes one more candidate, which does no harm.
      for (int start = 0; start < value.length(); ) {
        int comma = value.indexOf(',', start);
        int end = comma < 0 ? value.length() : comma;
        if (isScheme(value, start, end)) {
          return true;
        }
        start = end + 1;
      }
    }
    return false;
  }

  private static boolean isScheme(String value, int start, int end) {
    int from = start;
    while (from < end && (value.charAt(from) == ' ' || value.charAt(from) == '\t')) {
      from++;
    }
    for (String scheme : SCHEMES) {
      int after = from + scheme.length();
      boolean ends = after == end || (after < end && value.charAt(after) <= ' ');
      if (ends && value.regionMatches(/* ignoreCase= */ true, from, scheme, 0, scheme.length())) {
        return true;
      }
    }
    return false;
  }
}
