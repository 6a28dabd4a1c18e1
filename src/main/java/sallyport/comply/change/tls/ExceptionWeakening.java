package sallyport.comply.change.tls;

import org.jspecify.annotations.Nullable;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.config.backend.exception.ExceptionConfig;

/** Loosened exceptions of a backend from its TLS policy: new, wider or longer ones. */
public final class ExceptionWeakening {
  private ExceptionWeakening() {}

  /**
   * Finds what the second one permits and the first one did not.
   *
   * @param before null for none
   * @param after null for none
   */
  public static void find(
      @Nullable ExceptionConfig before, @Nullable ExceptionConfig after, WeakeningList findings) {
    if (after == null) {
      return;
    }
    if (before == null) {
      findings.add(
          "tls.exception allows %s until %s"
              .formatted(String.join(", ", after.words()), after.expires()));
      return;
    }
    findings.with("tls.exception.allow", before.words(), after.words());
    if (after.expires().isAfter(before.expires())) {
      findings.changed("tls.exception.expires", before.expires(), after.expires());
    }
  }
}
