package sallyport.config.route;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
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
import sallyport.config.route.mirror.MirrorConfig;
import sallyport.config.route.page.ErrorPagesConfig;
import sallyport.config.route.page.PageReader;
import sallyport.config.route.pattern.PathPatternReader;
import sallyport.config.route.pattern.PathRewrite;
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

  /**
   * Reads a route.
   *
   * @param presets values that stand in, by the name of the preset
   * @param pages error pages of the gateway
   */
  public static RouteConfig read(ConfigReader written, Config presets, ErrorPagesConfig pages) {
    Map<String, Config> byName = new LinkedHashMap<>();
    byName.put(RouteConfig.NO_PRESET, ConfigFactory.empty());
    presets.root().keySet().stream()
        .sorted()
        .forEach(name -> byName.put(name, presets.getConfig(name)));
    return read(written.before(written.choice("preset", byName)), pages);
  }

  private static RouteConfig read(ConfigReader in, ErrorPagesConfig pages) {
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
            in.string("preset"),
            maxBody(limits, in),
            in.isSet("min-request-rate") ? (Long) limits.bytes("min-request-rate", in) : null,
            limits.bytes("buffer-requests", in),
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
            PageReader.errors(in.section("error-pages"), pages),
            PageReader.maintenance(in),
            MirrorConfig.read(in.section("mirror")),
            in.choices("backend-folds", PathFolding.words()),
            in.location());
    in.finish();
    return route;
  }

  private static @Nullable Long maxBody(Limits limits, ConfigReader in) {
    if (!in.isSet("max-body")) {
      return null;
    }
    return in.string("max-body").equals(RouteConfig.UNLIMITED)
        ? (Long) Long.MAX_VALUE
        : (Long) limits.bytes("max-body", in);
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
    PathRewrite path = PathPatternReader.rewrite(in);
    if (prefix != null && in.has("pattern")) {
      in.problem("pattern", "excludes prefix and strip-prefix: a path is replaced once");
    }
    @Nullable String host = in.optionalString("host");
    if (host != null && !isHost(host.toLowerCase(Locale.ROOT))) {
      in.problem("host", "must be a host name, is '" + host + "'");
    }
    RewriteConfig.Location location =
        in.choice("location", Words.of(RewriteConfig.Location.values()));
    in.finish();
    return new RewriteConfig(prefix, path, host, location);
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
