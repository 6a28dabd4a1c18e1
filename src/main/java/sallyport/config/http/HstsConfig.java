package sallyport.config.http;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of Strict-Transport-Security (RFC 6797).
 *
 * @param maxAge whole seconds, 0 or more; 0 tells clients to forget
 */
public record HstsConfig(
    @Limit(key = "max-age", min = "0", max = "3650d", looser = Looser.LOWERED) Duration maxAge,
    boolean includeSubdomains,
    boolean preload) {
  /** The name of the field, in lower case. */
  public static final String FIELD = "strict-transport-security";

  /** The field value, such as {@code max-age=31536000; includeSubDomains; preload}. */
  public String headerValue() {
    return "max-age="
        + maxAge.toSeconds()
        + (includeSubdomains ? "; includeSubDomains" : "")
        + (preload ? "; preload" : "");
  }
}
