package sallyport.config.route;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import sallyport.config.read.ConfigReader;

/** Reader of the response fields that protect a browser's user. */
public final class SecurityHeaders {
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

  /** The names of these fields, in lower case. */
  public static final Set<String> PROTECTIVE = Set.copyOf(HELMET.keySet());

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
              String problem = FieldNames.problemInResponse(lower, value);
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
}
