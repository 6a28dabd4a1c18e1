package sallyport.config.tls;

import java.util.Map;
import sallyport.config.read.Words;

/** Name of a TLS policy; the {@code tls} package has its data. */
public enum PolicyName {
  APPROVED,
  NIST_STRICT,
  MOZILLA_INTERMEDIATE,
  MOZILLA_MODERN;

  /** The words of the configuration. */
  public static Map<String, PolicyName> words() {
    return Words.of(values());
  }
}
