package sallyport.proxy.head;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.config.route.RewriteConfig;
import sallyport.config.route.RouteConfig;
import sallyport.http.request.Authority;

/**
 * Rewriting of the URIs in which a backend names itself: Location, Content-Location and Refresh, as
 * in nginx (proxy_redirect) and Apache (ProxyPassReverse). URIs of other hosts stay.
 *
 * <p>One object for each response that has such a URI; belongs to one event loop.
 */
final class Locations {
  private static final List<AsciiString> FIELDS =
      List.of(HttpHeaderNames.LOCATION, HttpHeaderNames.CONTENT_LOCATION);

  private static final AsciiString REFRESH = AsciiString.cached("refresh");
  private static final AsciiString PROTO = AsciiString.cached("x-forwarded-proto");
  private static final AsciiString HOST = AsciiString.cached("x-forwarded-host");
  private static final AsciiString PORT = AsciiString.cached("x-forwarded-port");

  /**
   * The time, then the URI, perhaps in quotes (HTML Living Standard, section 4.2.5.3). Quantifiers
   * are possessive, so that it takes linear time.
   */
  private static final Pattern REFRESHED =
      Pattern.compile(
          "(?i)(\\s*+[0-9.]++\\s*+[;,]\\s*+url\\s*+=\\s*+)(['\"]?+)([^'\"]*+)(['\"]?+\\s*+)");

  private static final Pattern ABSOLUTE = Pattern.compile("(?i)(https?:)?//([^/?#\\\\]*)(.*)");

  private final RouteTarget target;
  private final boolean all;

  /** Scheme of the client's request, perhaps from a trusted proxy in front. */
  private final String proto;

  private final Authority asked;
  private final int port;

  private Locations(RouteTarget target, String proto, String host, int port) {
    this.target = target;
    this.all = target.route().rewrite().location() == RewriteConfig.Location.ALL;
    this.proto = proto;
    Authority authority = Authority.parse(host);
    this.asked = authority == null ? new Authority("", -1) : authority;
    this.port = port;
  }

  /**
   * Rewrites the fields of a response in place.
   *
   * @param request the fields that the backend got
   */
  static void rewrite(HttpHeaders response, HttpHeaders request, RouteTarget target) {
    if (target.route().rewrite().location() == RewriteConfig.Location.OFF) {
      return;
    }
    boolean any = response.contains(REFRESH);
    for (int i = 0; i < FIELDS.size(); i++) {
      any |= response.contains(FIELDS.get(i));
    }
    if (!any) {
      return;
    }
    String host = request.get(HOST);
    String port = request.get(PORT);
    if (host == null || port == null) {
      return;
    }
    String refresh = response.get(REFRESH);
    String proto = String.valueOf(request.get(PROTO));
    Locations locations = new Locations(target, proto, host, Integer.parseInt(port));
    for (AsciiString field : FIELDS) {
      // Several contradict one another and stay.
      if (response.getAll(field).size() == 1) {
        response.set(field, locations.rewritten(String.valueOf(response.get(field))));
      }
    }
    Matcher refreshed = REFRESHED.matcher(refresh == null ? "" : refresh);
    if (refreshed.matches()) {
      response.set(
          REFRESH,
          refreshed.group(1)
              + refreshed.group(2)
              + locations.rewritten(refreshed.group(3))
              + refreshed.group(4));
    }
  }

  private String rewritten(String uri) {
    Matcher absolute = ABSOLUTE.matcher(uri);
    if (!absolute.matches()) {
      return all && uri.startsWith("/") ? withPrefix(uri) : uri;
    }
    @Nullable String scheme = absolute.group(1);
    Authority named = Authority.parse(absolute.group(2));
    boolean tls = scheme == null ? askedByTls() : scheme.equalsIgnoreCase("https:");
    if (named == null || !isRewritten(named, tls)) {
      return uri;
    }
    String path = absolute.group(3);
    return (scheme == null ? "" : proto + ":")
        + "//"
        + asked.host()
        + (port == defaultPort(askedByTls()) ? "" : ":" + port)
        + (all ? withPrefix(path) : path);
  }

  private boolean isRewritten(Authority named, boolean tls) {
    // A URI is never changed from TLS to plain HTTP, even if a proxy in front had plain HTTP.
    boolean downgrade = tls && !askedByTls();
    if (!isAsked(named, tls)) {
      return all && isBackends(named) && !(downgrade && named.host().equals(asked.host()));
    }
    boolean upgrade = !tls && askedByTls();
    return upgrade || (all && !downgrade);
  }

  private boolean askedByTls() {
    return proto.equals("https");
  }

  private static int defaultPort(boolean tls) {
    return tls ? 443 : 80;
  }

  /**
   * Returns whether it names the authority of the client's request, perhaps with another scheme.
   */
  private boolean isAsked(Authority named, boolean tls) {
    int given = named.port() >= 0 ? named.port() : defaultPort(tls);
    return named.host().equals(asked.host())
        && (given == port || (!tls && given == 80) || (all && isPortOfBackend(given)));
  }

  /** Returns whether it is a name of the backend. */
  private boolean isBackends(Authority named) {
    int given = named.port();
    if (given >= 0 && given != 80 && given != 443 && !isPortOfBackend(given)) {
      return false;
    }
    Cluster cluster = target.client().cluster();
    String name = named.host();
    return name.equalsIgnoreCase(target.rewrittenHost())
        || name.equalsIgnoreCase(cluster.config().serverName())
        || cluster.endpoints().stream().anyMatch(endpoint -> isHost(endpoint, name));
  }

  private static boolean isHost(Endpoint endpoint, String name) {
    String host = endpoint.host().toLowerCase(Locale.ROOT);
    return name.equals(host) || name.equals("[" + host + "]");
  }

  private boolean isPortOfBackend(int given) {
    return target.client().cluster().endpoints().stream()
        .anyMatch(endpoint -> endpoint.port() == given);
  }

  // ---- the stripped prefix

  /** Returns the path with the prefix that the route strips, unless the backend has added it. */
  private String withPrefix(String path) {
    RouteConfig route = target.route();
    String prefix = route.rewrite().prefix();
    if (prefix == null) {
      return path;
    }
    String outer = ForwardedPrefix.withoutSlash(route.path());
    String inner = ForwardedPrefix.withoutSlash(prefix);
    String plain = path.split("[?#]", 2)[0];
    boolean done = isBelow(outer, plain) && outer.length() >= inner.length();
    if (done || !isBelow(inner, plain)) {
      return path;
    }
    String whole = outer + path.substring(inner.length());
    if (!whole.startsWith("/")) {
      whole = "/" + whole;
    }
    // A path that begins with two slashes would be an authority.
    boolean leadsElsewhere = whole.length() > 1 && "/\\".indexOf(whole.charAt(1)) >= 0;
    return leadsElsewhere ? path : whole;
  }

  /** Returns whether the prefix takes the path; the empty prefix takes all. */
  private static boolean isBelow(String prefix, String path) {
    return prefix.isEmpty() || RouteConfig.takes(prefix, path);
  }
}
