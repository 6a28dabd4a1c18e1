package sallyport.config.route;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.route.match.MatchConfig;
import sallyport.config.route.mirror.MirrorConfig;
import sallyport.config.route.page.ErrorPagesConfig;
import sallyport.config.route.page.MaintenanceConfig;
import sallyport.config.route.rate.RouteRateConfig;
import sallyport.config.route.split.SplitConfig;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;
import sallyport.config.tls.ClientAccessConfig;
import sallyport.values.DurationText;
import sallyport.values.SizeText;

/**
 * Requests, and what becomes of them.
 *
 * @param name unique; a metric tag and a log field; default: host and path
 * @param host lower case: an exact name, {@code *.example.org} (any number of labels), or {@code *}
 * @param path a prefix that ends at a segment boundary; begins with {@code /}
 * @param match conditions beside host and path
 * @param action what becomes of them
 * @param preset the name of the limits and timeouts that stand in; {@link #NO_PRESET} for none
 * @param maxBodyBytes the route's own limit, or null for the listener's; {@link Long#MAX_VALUE} for
 *     none
 * @param minRequestRate the route's own least rate of a request body, bytes a second, 0 for none;
 *     or null for the listener's
 * @param bufferRequests how large a request body without a length may be that is held until it is
 *     whole; over it 413; 0: none is held
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
 * @param errorPages in place of the texts of failures
 * @param maintenance whether its requests get 503
 * @param mirror who gets copies of its safe requests
 * @param backendFolds what its backend could fold in a path, so that it takes it for another one
 */
public record RouteConfig(
    String name,
    String host,
    String path,
    MatchConfig match,
    RouteAction action,
    RewriteConfig rewrite,
    String preset,
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
            key = "buffer-requests",
            min = "0B",
            max = "64MiB",
            looser = Looser.NEVER,
            reason = "capacity (decision 42)")
        long bufferRequests,
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
    ErrorPagesConfig errorPages,
    @Section("maintenance") MaintenanceConfig maintenance,
    @Section("mirror") MirrorConfig mirror,
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

  /** Name of no preset. */
  public static final String NO_PRESET = "none";

  /** Word for a body of any size. */
  public static final String UNLIMITED = "unlimited";

  /** What stands in for the name of a backend where the gateway answers. */
  public static final String NO_BACKEND = "_none";

  /** Returns the names of the backends; none where the gateway answers. */
  public Collection<String> backends() {
    return switch (action) {
      case RouteAction.Forward(String backend) -> List.of(backend);
      case RouteAction.Split(SplitConfig shares) -> shares.weights().keySet();
      case RouteAction.Redirect redirect -> List.of();
      case RouteAction.Respond respond -> List.of();
    };
  }

  /** Returns the names of all backends that its requests reach, as copies too. */
  public Collection<String> reached() {
    if (mirror.backend() == null) {
      return backends();
    }
    List<String> reached = new ArrayList<>(backends());
    reached.add(mirror.backend());
    return reached;
  }

  /** Returns the place of the key that names them. */
  public ConfigLocation backendLocation() {
    return location.child(action instanceof RouteAction.Split ? "backends" : "backend");
  }

  /** Returns the backends for people; {@link #NO_BACKEND} where the gateway answers. */
  public String backendText() {
    return switch (action) {
      case RouteAction.Forward(String backend) -> backend;
      case RouteAction.Split(SplitConfig shares) -> shares.text();
      case RouteAction.Redirect redirect -> NO_BACKEND;
      case RouteAction.Respond respond -> NO_BACKEND;
    };
  }

  /** Returns whether requests go to a backend. */
  public boolean isForwarded() {
    return switch (action) {
      case RouteAction.Forward forward -> true;
      case RouteAction.Split split -> true;
      case RouteAction.Redirect redirect -> false;
      case RouteAction.Respond respond -> false;
    };
  }

  /** Returns the limits and timeouts of its exchanges, for people. */
  public String limits() {
    List<String> limits = new ArrayList<>();
    if (!preset.equals(NO_PRESET)) {
      limits.add("preset " + preset);
    }
    if (maxBodyBytes != null) {
      limits.add("max-body " + sizeOf(maxBodyBytes));
    }
    if (minRequestRate != null) {
      limits.add("min-request-rate " + SizeText.of(minRequestRate));
    }
    if (bufferRequests > 0) {
      limits.add("buffer-requests " + SizeText.of(bufferRequests));
    }
    limits.add("response-timeout " + timeOf(responseTimeout));
    limits.add("idle-timeout " + timeOf(idleTimeout));
    return String.join(", ", limits);
  }

  /** Returns a size as the configuration writes it. */
  public static String sizeOf(long bytes) {
    return bytes == Long.MAX_VALUE ? UNLIMITED : SizeText.of(bytes);
  }

  private static String timeOf(Duration time) {
    return DurationText.of(time, DurationText.Unit.values());
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
