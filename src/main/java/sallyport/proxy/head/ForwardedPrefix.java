package sallyport.proxy.head;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.RouteConfig;

/**
 * X-Forwarded-Prefix: the part of the path that proxies have stripped, which a backend puts in
 * front of its links (Traefik's StripPrefix, Spring's ForwardedHeaderFilter). Stateless.
 */
final class ForwardedPrefix {
  private static final AsciiString FIELD = AsciiString.cached("x-forwarded-prefix");

  private static final int MAX_LENGTH = 1024;

  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._~%:@!$+=-]++");

  private static final Pattern DOTS = Pattern.compile("(?i)(\\.|%2e){1,2}");

  private ForwardedPrefix() {}

  /**
   * Sets the field to the value of a trusted proxy, followed by what the route strips.
   *
   * @param trusted whether a trusted proxy sent the request
   */
  static void apply(HttpHeaders headers, RouteConfig route, boolean trusted) {
    String stripped = stripped(route);
    if (!trusted) {
      headers.remove(FIELD);
    }
    List<String> sent = headers.getAll(FIELD);
    if (stripped == null && sent.isEmpty()) {
      return;
    }
    StringBuilder prefix = new StringBuilder();
    for (String value : String.join(",", sent).split(",", -1)) {
      String one = withoutSlash(value.strip());
      if (isSound(one)) {
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

  /** Returns whether it is safe in a link: without an authority, dot segments or markup. */
  private static boolean isSound(String prefix) {
    if (!prefix.startsWith("/") || prefix.length() > MAX_LENGTH) {
      return false;
    }
    for (String segment : prefix.substring(1).split("/", -1)) {
      if (!SEGMENT.matcher(segment).matches() || DOTS.matcher(segment).matches()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns what the route strips from the front of the client's path.
   *
   * @return null if it strips nothing, or the client's path does not end with the backend's
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
