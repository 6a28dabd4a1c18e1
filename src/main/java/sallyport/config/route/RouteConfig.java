package sallyport.config.route;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.route.match.MatchConfig;
import sallyport.config.route.rate.RouteRateConfig;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;
import sallyport.config.tls.ClientAccessConfig;

/**
 * Requests, and what becomes of them.
 *
 * @param name unique; a metric tag and a log field; default: host and path
 * @param host lower case: an exact name, {@code *.example.org} (any number of labels), or {@code *}
 * @param path a prefix that ends at a segment boundary; begins with {@code /}
 * @param match conditions beside host and path
 * @param action what becomes of them
 * @param maxBodyBytes the route's own limit, or null for the listener's
 * @param minRequestRate the route's own least rate of a request body, bytes a second, 0 for none;
 *     or null for the listener's
 * @param responseTimeout from the end of the request to the head of the response; over it 504
 * @param idleTimeout how long a response body may make no progress; over it the exchange is cut
 * @param webSocket whether requests to change to WebSocket pass; otherwise they get 501
 * @param tunnelTimeout how long a WebSocket may be silent in both directions; over it cut
 * @param securityHeaders lower-case names and values to put on every response; empty: none
 * @param requestFields changes of what the backend gets
 * @param responseFields changes of what the client gets of the backend's responses
 * @param access who may use it
 * @param sources from where it may be used
 * @param rate how often it may be used
 * @param ambiguousPaths what becomes of a path that can be read in two ways, or null for the way of
 *     the listener
 * @param via which messages get a Via of the gateway
 * @param backendFolds what its backend could fold in a path, so that it takes it for another one
 */
public record RouteConfig(
    String name,
    String host,
    String path,
    MatchConfig match,
    RouteAction action,
    RewriteConfig rewrite,
    @Limit(key = "max-body", min = "0B", looser = Looser.NEVER, reason = "capacity (decision 42)")
        @Nullable Long maxBodyBytes,
    @Limit(
            key = "min-request-rate",
            min = "0B",
            max = "1MiB",
            looser = Looser.ELSEWHERE,
            reason = "without it the listener's holds")
        @Nullable Long minRequestRate,
    @Limit(
            key = "response-timeout",
            min = "10ms",
            max = "1d",
            looser = Looser.NEVER,
            reason = "how long work may take")
        Duration responseTimeout,
    @Limit(
            key = "idle-timeout",
            min = "10ms",
            max = "1d",
            looser = Looser.NEVER,
            reason = "how long work may take")
        Duration idleTimeout,
    boolean webSocket,
    @Limit(key = "tunnel-timeout", min = "10ms", max = "1d", looser = Looser.RAISED)
        Duration tunnelTimeout,
    Map<String, String> securityHeaders,
    FieldRulesConfig requestFields,
    FieldRulesConfig responseFields,
    ClientAccessConfig access,
    SourcesConfig sources,
    @Section("rate") RouteRateConfig rate,
    HttpRulesConfig.@Nullable Paths ambiguousPaths,
    Via via,
    Set<PathFolding> backendFolds,
    ConfigLocation location) {

  /** Messages in which the gateway names itself by Via (RFC 9110 section 7.6.3). */
  public enum Via {
    BOTH,
    REQUEST,
    RESPONSE,
    OFF;

    /** Whether those to the backend do. */
    public boolean inRequests() {
      return this == BOTH || this == REQUEST;
    }

    /** Whether those to the client do. */
    public boolean inResponses() {
      return this == BOTH || this == RESPONSE;
    }
  }

  /** What stands in for the name of a backend where the gateway answers. */
  public static final String NO_BACKEND = "_none";

  /** Returns the name of the backend; {@link #NO_BACKEND} where the gateway answers. */
  public String backend() {
    return action instanceof RouteAction.Forward forward ? forward.backend() : NO_BACKEND;
  }

  /** Returns whether requests go to a backend. */
  public boolean isForwarded() {
    return action instanceof RouteAction.Forward;
  }

  /**
   * A prefix takes a path at a segment boundary: {@code /api} takes {@code /api/x}, not {@code
   * /apix}.
   */
  public static boolean takes(String prefix, String path) {
    return path.startsWith(prefix)
        && (path.length() == prefix.length()
            || prefix.endsWith("/")
            || path.charAt(prefix.length()) == '/');
  }
}
