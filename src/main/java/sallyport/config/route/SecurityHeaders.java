package sallyport.config.route;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HstsConfig;
import sallyport.config.read.ConfigReader;

/** Reader of the response fields that protect a browser's user. */
final class SecurityHeaders {
  /** What Helmet 8 sets by default, without Strict-Transport-Security, which is always ours. */
  private static final Map<String, String> HELMET = new LinkedHashMap<>();

  static {
    HELMET.put(
        "content-security-policy",
        "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';"
            + "frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';"
            + "script-src-attr 'none';style-src 'self' https: 'unsafe-inline';"
            + "upgrade-insecure-requests");
    HELMET.put("cross-origin-opener-policy", "same-origin");
    HELMET.put("cross-origin-resource-policy", "same-origin");
    HELMET.put("origin-agent-cluster", "?1");
    HELMET.put("referrer-policy", "no-referrer");
    HELMET.put("x-content-type-options", "nosniff");
    HELMET.put("x-dns-prefetch-control", "off");
    HELMET.put("x-download-options", "noopen");
    HELMET.put("x-frame-options", "SAMEORIGIN");
    HELMET.put("x-permitted-cross-domain-policies", "none");
    HELMET.put("x-xss-protection", "0");
  }

  /** Fields that frame a message or belong to a connection: a configuration must not set them. */
  private static final Set<String> RESERVED =
      Set.of(
          "connection",
          "content-length",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "via");

  private SecurityHeaders() {}

  static Map<String, String> read(ConfigReader in) {
    Map<String, Map<String, String>> presets = new LinkedHashMap<>();
    presets.put("none", Map.of());
    presets.put("helmet", HELMET);
    Map<String, String> headers = new LinkedHashMap<>(in.choice("preset", presets));
    in.texts("set")
        .forEach(
            (name, value) -> {
              String lower = name.toLowerCase(Locale.ROOT);
              String problem = problem(lower, value);
              if (problem != null) {
                in.problem("set", name + ": " + problem);
              } else if (value.isEmpty()) {
                headers.remove(lower);
              } else {
                headers.put(lower, value);
              }
            });
    in.finish();
    return Map.copyOf(headers);
  }

  private static @Nullable String problem(String name, String value) {
    if (name.equals(HstsConfig.FIELD)) {
      return "is set by the listener; see hsts";
    }
    if (RESERVED.contains(name)) {
      return "belongs to the connection and cannot be set";
    }
    if (!name.matches("[!#$%&'*+.^_`|~0-9a-z-]+")) {
      return "is not a field name";
    }
    return value.chars().allMatch(c -> c >= ' ' && c <= '~')
        ? null
        : "the value must be printable ASCII";
  }
}
