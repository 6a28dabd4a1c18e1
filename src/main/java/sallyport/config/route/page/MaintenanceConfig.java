package sallyport.config.route.page;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Maintenance of a route, in which its requests get 503.
 *
 * @param on always
 * @param file while this file exists; null for none
 * @param retryAfter when clients may try again
 */
public record MaintenanceConfig(
    boolean on,
    @Nullable Path file,
    @Limit(
            key = "retry-after",
            min = "1s",
            max = "7d",
            looser = Looser.NEVER,
            reason = "advice for clients")
        Duration retryAfter) {
  /** Never. */
  public static final MaintenanceConfig OFF =
      new MaintenanceConfig(false, null, Duration.ofMinutes(5));

  /** Returns whether it may be in maintenance. */
  public boolean isSet() {
    return on || file != null;
  }
}
