package sallyport.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reload of certificates, keys and trust. */
@FunctionalInterface
public interface Reload {
  /**
   * Result of a reload.
   *
   * @param good whether nothing was refused
   * @param lines for people
   */
  record Result(boolean good, List<String> lines) {}

  /**
   * @param allowWeaken why more may be trusted than before; null when it may not
   */
  Result run(@Nullable String allowWeaken);
}
