package sallyport.config.route.page;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pages in place of the gateway's own texts of failures.
 *
 * @param byStatus from 400 to 599
 */
public record ErrorPagesConfig(Map<Integer, Page> byStatus) {
  /** No pages. */
  public static final ErrorPagesConfig NONE = new ErrorPagesConfig(Map.of());

  /** Returns the page of a status; null without one. */
  public @Nullable Page of(int status) {
    return byStatus.isEmpty() ? null : byStatus.get(status);
  }
}
