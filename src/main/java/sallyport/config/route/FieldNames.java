package sallyport.config.route;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HstsConfig;
import sallyport.values.Tokens;

/** Fields that a configuration may change, and the values that it may give them. */
final class FieldNames {
  /** Fields that frame a message or belong to a connection. */
  private static final Set<String> CONNECTION =
      Set.of(
          "connection",
          "content-length",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** Fields by which backends learn of the client, and those that trace a request. */
  private static final Set<String> GATEWAY =
      Set.of(
          "client-cert",
          "client-cert-chain",
          "forwarded",
          "max-forwards",
          "traceparent",
          "tracestate",
          "x-forwarded-client-cert",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-prefix",
          "x-forwarded-proto",
          "x-request-id");

  private FieldNames() {}

  /**
   * Returns what prevents a change of a field of requests; null if nothing does.
   *
   * @param name in lower case
   * @param value empty where the field is removed
   */
  static @Nullable String problemInRequest(String name, String value) {
    if (name.equals("host")) {
      return "is set by rewrite.host";
    }
    if (GATEWAY.contains(name)) {
      return "is set by the gateway";
    }
    return problem(name, value);
  }

  /** Returns the same of a field of responses. */
  static @Nullable String problemInResponse(String name, String value) {
    if (name.equals(HstsConfig.FIELD)) {
      return "is set by the listener; see hsts";
    }
    return name.equals("x-request-id") || name.equals("date")
        ? "is set by the gateway"
        : problem(name, value);
  }

  private static @Nullable String problem(String name, String value) {
    if (name.equals("via")) {
      return "is set by the route; see via";
    }
    if (CONNECTION.contains(name)) {
      return "belongs to the connection and cannot be set";
    }
    if (!Tokens.isToken(name)) {
      return "is not a field name";
    }
    return value.chars().allMatch(c -> c >= ' ' && c <= '~')
        ? null
        : "the value must be printable ASCII";
  }
}
