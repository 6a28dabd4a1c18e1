package sallyport.config.tls;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Name of a TLS policy; the {@code tls} package has its data. */
public enum PolicyName {
  APPROVED,
  NIST_STRICT,
  MOZILLA_INTERMEDIATE,
  MOZILLA_MODERN;

  /** The words of the configuration. */
  public static Map<String, PolicyName> words() {
    Map<String, PolicyName> words = new LinkedHashMap<>();
    for (PolicyName policy : values()) {
      words.put(policy.name().toLowerCase(Locale.ROOT).replace('_', '-'), policy);
    }
    return words;
  }
}
