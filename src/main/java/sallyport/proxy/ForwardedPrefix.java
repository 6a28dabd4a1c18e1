package sallyport.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.config.RouteConfig;

/**
 * X-Forwarded-Prefix: what proxies have taken away in front of the path that a backend sees, so
 * that it can put it in front of its links (Traefik's StripPrefix, Spring's ForwardedHeaderFilter).
 */
final class ForwardedPrefix {
  private static final AsciiString FIELD = AsciiString.cached("x-forwarded-prefix");

  /** Nothing that a link could be led astray by: no authority, no dot segments, no markup. */
  private static final Pattern SOUND =
      Pattern.compile("(/(?!\\.{1,2}(/|$))[A-Za-z0-9._~%:@!$+=-]+)+");

  private ForwardedPrefix() {}

  /** Writes the field anew: what a trusted proxy has sent of it, then what the route takes away. */
  static void apply(HttpHeaders headers, RouteConfig route) {
    String stripped = stripped(route);
    List<String> sent = headers.getAll(FIELD);
    if (stripped == null && sent.isEmpty()) {
      return;
    }
    StringBuilder prefix = new StringBuilder();
    for (String value : String.join(",", sent).split(",", -1)) {
      String one = withoutSlash(value.strip());
      if (SOUND.matcher(one).matches()) {
        prefix.append(one);
      }
    }
    if (stripped != null) {
      prefix.append(stripped);
    }
    if (prefix.isEmpty()) {
      headers.remove(FIELD);
    } else {
      headers.set(FIELD, prefix.toString());
    }
  }

  /**
   * What stands in front of the path at the backend to make the client's of it.
   *
   * @return null where it is nothing, or the one does not end with the other
   */
  private static @Nullable String stripped(RouteConfig route) {
    String prefix = route.rewrite().prefix();
    if (prefix == null) {
      return null;
    }
    String path = withoutSlash(route.path());
    String inner = withoutSlash(prefix);
    return path.length() > inner.length() && path.endsWith(inner)
        ? path.substring(0, path.length() - inner.length())
        : null;
  }

  static String withoutSlash(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }
}
