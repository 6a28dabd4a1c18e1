package sallyport.http.request;

import io.netty.util.NetUtil;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sallyport.values.HostNames;

/**
 * Host with an optional port, as in {@code Host} and {@code :authority} (RFC 9110 section 7.2, RFC
 * 3986 section 3.2), with user information refused.
 *
 * @param host lower case; IPv6 in brackets; never empty
 * @param port 0 to 65535, or -1 when not given; an empty one is not given (RFC 3986 section 6.2.3)
 */
public record Authority(String host, int port) {
  /** Default port of https URIs (RFC 9110 section 4.2.2). */
  public static final int HTTPS_PORT = 443;

  /** Default port of http URIs (RFC 9110 section 4.2.1). */
  public static final int HTTP_PORT = 80;

  /**
   * @param text the field value
   * @return null when it is not a valid host with an optional port
   */
  public static @Nullable Authority parse(String text) {
    int hostEnd;
    if (text.startsWith("[")) {
      int close = text.indexOf(']');
      // A zone has no place here (RFC 3986 section 3.2.2), and Netty would take any text for one.
      if (close < 0
          || text.lastIndexOf('%', close) >= 0
          || !NetUtil.isValidIpV6Address(text.substring(1, close))) {
        return null;
      }
      hostEnd = close + 1;
    } else {
      int colon = text.indexOf(':');
      hostEnd = colon < 0 ? text.length() : colon;
      if (!isRegisteredName(text, hostEnd)) {
        return null;
      }
    }
    int port = -1;
    if (hostEnd < text.length() && !endsWithEmptyPort(text, hostEnd)) {
      port = parsePort(text, hostEnd);
      if (port < 0) {
        return null;
      }
    }
    return new Authority(text.substring(0, hostEnd).toLowerCase(Locale.ROOT), port);
  }

  /**
   * Returns the host without the dot of the root: {@code a.test.} and {@code a.test} are one name.
   */
  public String name() {
    return HostNames.withoutRoot(host);
  }

  private static boolean endsWithEmptyPort(String text, int hostEnd) {
    return hostEnd == text.length() - 1 && text.charAt(hostEnd) == ':';
  }

  /** Returns the text of an authority without an empty port, which some parsers do not expect. */
  public static String withoutEmptyPort(String text) {
    return text.endsWith(":") ? text.substring(0, text.length() - 1) : text;
  }

  /**
   * Returns whether another authority is equivalent (RFC 3986 section 6.2.3).
   *
   * @param defaultPort of the scheme, equal to none
   */
  public boolean isSameAs(@Nullable Authority other, int defaultPort) {
    return other != null
        && host.equals(other.host)
        && portOr(defaultPort) == other.portOr(defaultPort);
  }

  private int portOr(int defaultPort) {
    return port < 0 ? defaultPort : port;
  }

  /**
   * Returns whether a name has letters, digits, hyphens, underscores and dots alone; stricter than
   * RFC 3986, as DNS is.
   */
  private static boolean isRegisteredName(String text, int end) {
    if (end == 0 || end > 253) {
      return false;
    }
    boolean labelEmpty = true;
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (c == '.') {
        if (labelEmpty) {
          return false;
        }
        labelEmpty = true;
      } else if (isNameCharacter(c)) {
        labelEmpty = false;
      } else {
        return false;
      }
    }
    return true;
  }

  private static boolean isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** Returns the port after the colon at {@code colon}; -1 when it is invalid. */
  private static int parsePort(String text, int colon) {
    int digits = text.length() - colon - 1;
    if (text.charAt(colon) != ':' || digits < 1 || digits > 5) {
      return -1;
    }
    int port = 0;
    for (int i = colon + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      port = port * 10 + (c - '0');
    }
    return port <= 65_535 ? port : -1;
  }
}
