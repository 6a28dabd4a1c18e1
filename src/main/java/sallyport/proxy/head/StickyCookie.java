package sallyport.proxy.head;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.sticky.StickyConfig;

/** Cookie by which a client keeps its endpoint. Stateless, any thread. */
final class StickyCookie {
  private StickyCookie() {}

  /**
   * Takes the cookie out of the fields of a request, so that the backend does not get it.
   *
   * @return the value of the first one (RFC 6265 section 5.4); null without one
   */
  static @Nullable String take(String name, HttpHeaders headers) {
    String value = Cookies.value(name, headers);
    if (value == null) {
      return null;
    }
    List<String> kept = new ArrayList<>();
    for (String field : headers.getAll(HttpHeaderNames.COOKIE)) {
      String rest = Cookies.without(name, field);
      if (!rest.isEmpty()) {
        kept.add(rest);
      }
    }
    headers.remove(HttpHeaderNames.COOKIE);
    headers.add(HttpHeaderNames.COOKIE, kept);
    return value;
  }

  /** Returns the value of Set-Cookie that gives a client a token. */
  static String field(StickyConfig config, String token) {
    long maxAge = config.maxAge().toSeconds();
    return config.cookie()
        + "="
        + token
        + "; Path=/"
        + (maxAge == 0 ? "" : "; Max-Age=" + maxAge)
        + "; Secure; HttpOnly; SameSite="
        + config.sameSite().value();
  }
}
