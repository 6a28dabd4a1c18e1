package sallyport.config.route;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.PeerNames;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.config.read.Words;
import sallyport.config.route.match.MatchReader;
import sallyport.config.route.rate.RouteRateReader;
import sallyport.config.tls.ClientAuthReader;
import sallyport.values.CidrSet;

/** Reader of a route. */
public final class RouteReader {

  private static final Map<String, Optional<HttpRulesConfig.Paths>> AMBIGUOUS_PATHS =
      ambiguousPaths();

  /** Percent-encoding in lower case, broken, or of letters, digits and {@code -._~}. */
  private static final Pattern NOT_CANONICAL =
      Pattern.compile("%(?![0-9A-F]{2})|%(2D|2E|3\\d|4[1-9A-F]|5[0-9A]|5F|6[1-9A-F]|7[0-9A]|7E)");

  private RouteReader() {}

  public static RouteConfig read(ConfigReader in) {
    String host = in.string("host").toLowerCase(Locale.ROOT);
    if (!isHost(host)) {
      in.problem(
          "host",
          "must be a host name, *.NAME or *, without a port, is '" + in.string("host") + "'");
    }
    String path = in.string("path");
    if (!isPath(path)) {
      in.problem(
          "path", "must begin with / and hold no query, fragment or dots, is '" + path + "'");
    } else if (NOT_CANONICAL.matcher(path).find()) {
      in.problem(
          "path",
          "'"
              + path
              + "' would match no request: write percent-encoding in upper case, and only for"
              + " characters that need it (RFC 3986 section 6.2.2)");
    }
    String name = in.optionalString("name");
    Limits limits = Limits.of(RouteConfig.class);
    RouteConfig route =
        new RouteConfig(
            name != null ? name : host + path,
            host,
            path,
            MatchReader.read(in.section("match")),
            RouteActionReader.read(in),
            rewrite(in.section("rewrite")),
            in.has("max-body") ? (Long) limits.bytes("max-body", in) : null,
            in.has("min-request-rate") ? (Long) limits.bytes("min-request-rate", in) : null,
            limits.duration("response-timeout", in),
            limits.duration("idle-timeout", in),
            in.bool("websocket"),
            limits.duration("tunnel-timeout", in),
            SecurityHeaders.read(in.section("security-headers")),
            FieldRulesReader.ofRequests(in.section("request-headers")),
            FieldRulesReader.ofResponses(in.section("response-headers")),
            ClientAuthReader.access(in),
            sources(in),
            RouteRateReader.read(in.section("rate")),
            in.choice("ambiguous-paths", AMBIGUOUS_PATHS).orElse(null),
            in.choice("via", Words.of(RouteConfig.Via.values())),
            in.choices("backend-folds", PathFolding.words()),
            in.location());
    in.finish();
    return route;
  }

  private static SourcesConfig sources(ConfigReader in) {
    CidrSet allow = in.has("allow-from") ? ranges("allow-from", in) : null;
    if (allow != null && allow.equals(CidrSet.NONE)) {
      in.problem("allow-from", "needs at least one range; without this key all may use the route");
    }
    return new SourcesConfig(allow, ranges("deny-from", in));
  }

  private static CidrSet ranges(String key, ConfigReader in) {
    try {
      return CidrSet.of(in.strings(key));
    } catch (IllegalArgumentException notRanges) {
      in.problem(key, String.valueOf(notRanges.getMessage()));
      return CidrSet.NONE;
    }
  }

  private static RewriteConfig rewrite(ConfigReader in) {
    String prefix = in.optionalString("prefix");
    if (prefix != null && !isPath(prefix)) {
      in.problem("prefix", "must begin with /, is '" + prefix + "'");
    }
    if (in.bool("strip-prefix")) {
      if (prefix != null) {
        in.problem("strip-prefix", "says the same as prefix = \"/\"; leave one of them out");
      }
      prefix = "/";
    }
    @Nullable String host = in.optionalString("host");
    if (host != null && !isHost(host.toLowerCase(Locale.ROOT))) {
      in.problem("host", "must be a host name, is '" + host + "'");
    }
    RewriteConfig.Location location =
        in.choice("location", Words.of(RewriteConfig.Location.values()));
    in.finish();
    return new RewriteConfig(prefix, host, location);
  }

  private static Map<String, Optional<HttpRulesConfig.Paths>> ambiguousPaths() {
    Map<String, Optional<HttpRulesConfig.Paths>> words = new LinkedHashMap<>();
    words.put("inherit", Optional.empty());
    words.put("reject", Optional.of(HttpRulesConfig.Paths.REJECT));
    words.put("normalise", Optional.of(HttpRulesConfig.Paths.NORMALISE));
    words.put("pass", Optional.of(HttpRulesConfig.Paths.PASS));
    return words;
  }

  private static boolean isHost(String host) {
    if (host.equals("*")) {
      return true;
    }
    String name = host.startsWith("*.") ? host.substring(2) : host;
    return PeerNames.HOST.matcher(name).matches()
        || (name.equals(host) && name.matches("\\[[0-9a-f:.]+]"));
  }

  private static boolean isPath(String path) {
    return path.matches("/[!-~]*")
        && path.indexOf('?') < 0
        && path.indexOf('#') < 0
        && !path.matches(".*/\\.{1,2}(/.*)?");
  }
}
