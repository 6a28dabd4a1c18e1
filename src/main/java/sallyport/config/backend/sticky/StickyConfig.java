package sallyport.config.backend.sticky;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of the cookie by which a client keeps its endpoint.
 *
 * @param cookie its name, a token of RFC 6265; null: clients keep none
 * @param maxAge how long clients keep it; 0: until the browser ends
 * @param key what signs it; null: a key of this process alone
 */
public record StickyConfig(
    @Nullable String cookie,
    ConfigLocation cookieLocation,
    @Limit(
            key = "max-age",
            min = "0s",
            max = "400d",
            looser = Looser.NEVER,
            reason = "how load is shared")
        Duration maxAge,
    SameSite sameSite,
    @Nullable SecretConfig key,
    ConfigLocation keyLocation) {
  /** Requests from other sites that have the cookie (RFC 6265bis section 5.4.7). */
  public enum SameSite {
    STRICT("Strict"),
    LAX("Lax"),
    NONE("None");

    private final String value;

    SameSite(String value) {
      this.value = value;
    }

    /** Returns the value of the attribute. */
    public String value() {
      return value;
    }
  }
}
