package sallyport.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.admin.AdminPart;
import sallyport.observe.metrics.GatewayMetrics;

/**
 * Pages and orders of the admin listener. A page changes nothing; an order is a POST.
 *
 * <p>Any thread; the calls block.
 */
public final class AdminPages {
  private static final Set<String> FOR_MACHINES = Set.of("/metrics", "/healthz", "/readyz");
  private static final Set<String> FOR_PEOPLE = Set.of("/", "/status");
  private static final Set<String> ORDERS = Set.of("/reload", "/drain", "/undrain");

  private final GatewayMetrics metrics;
  private final Readiness readiness;
  private final Control control;

  public AdminPages(GatewayMetrics metrics, Readiness readiness, Control control) {
    this.metrics = metrics;
    this.readiness = readiness;
    this.control = control;
  }

  /** Returns the part that has a path; null for none. */
  static @Nullable AdminPart partOf(String path) {
    if (FOR_MACHINES.contains(path)) {
      return AdminPart.METRICS;
    }
    return FOR_PEOPLE.contains(path) || ORDERS.contains(path) ? AdminPart.CONTROL : null;
  }

  /** Returns whether a path takes orders, and has no page. */
  static boolean takesOrders(String path) {
    return ORDERS.contains(path);
  }

  /**
   * Makes a page.
   *
   * @param accept the media types that the client accepts; empty for any
   */
  AdminReply page(String path, Map<String, List<String>> parameters, String accept) {
    return switch (path) {
      case "/metrics" ->
          AdminReply.page("text/plain; version=0.0.4; charset=utf-8", metrics.scrape());
      case "/healthz" -> AdminReply.text(HttpResponseStatus.OK, "ok\n");
      case "/readyz" -> {
        Readiness.Page now = readiness.page();
        yield AdminReply.text(
            now.ready() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
            now.text());
      }
      case "/" -> AdminReply.page("text/html; charset=utf-8", StatusPage.of(status()));
      case "/status" -> status(first(parameters, "format"), accept);
      default -> AdminReply.text(HttpResponseStatus.NOT_FOUND, "not found\n");
    };
  }

  private GatewayStatus status() {
    return control.status().withReadiness(readiness.page().word());
  }

  private AdminReply status(@Nullable String format, String accept) {
    String wanted = format != null ? format : accept.contains("text/plain") ? "text" : "json";
    return switch (wanted) {
      case "json" -> AdminReply.page("application/json", StatusJson.of(status()));
      case "text" -> AdminReply.text(HttpResponseStatus.OK, StatusText.of(status()));
      default -> AdminReply.text(HttpResponseStatus.BAD_REQUEST, "format is json or text\n");
    };
  }

  /**
   * Carries an order out.
   *
   * @param path one that {@link #takesOrders}
   * @param operator who gives it
   */
  AdminReply order(String path, Map<String, List<String>> parameters, String operator) {
    @Nullable String reason = first(parameters, "reason");
    @Nullable String endpoint = first(parameters, "endpoint");
    if (path.equals("/drain") && endpoint == null) {
      return AdminReply.text(
          HttpResponseStatus.BAD_REQUEST, "endpoint is missing: BACKEND/HOST:PORT or HOST:PORT\n");
    }
    Control.Answer answer =
        switch (path) {
          case "/reload" -> control.reload(operator, first(parameters, "allow-weaken"));
          case "/drain" ->
              control.drain(
                  operator,
                  String.valueOf(endpoint),
                  "true".equals(first(parameters, "force")),
                  reason);
          case "/undrain" -> control.undrain(operator, endpoint, reason);
          default -> throw new IllegalArgumentException(path);
        };
    HttpResponseStatus code =
        switch (answer.outcome()) {
          case DONE -> HttpResponseStatus.OK;
          case REFUSED -> HttpResponseStatus.CONFLICT;
          case UNKNOWN -> HttpResponseStatus.NOT_FOUND;
        };
    return AdminReply.text(code, String.join("\n", answer.lines()) + "\n");
  }

  /** Returns the first value of a parameter; null where there is none, or a blank one. */
  private static @Nullable String first(Map<String, List<String>> parameters, String name) {
    List<String> values = parameters.getOrDefault(name, List.of());
    return values.isEmpty() || values.getFirst().isBlank() ? null : values.getFirst();
  }
}
