package sallyport.credentials.rotation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of opening the files of a listener or a backend again. */
public sealed interface Rotation {
  /** They hold what is in use. */
  record Unchanged() implements Rotation {}

  /**
   * What they hold is in use from now on.
   *
   * @param from SHA-256 of the certificates that were in use, hex; the names of ticket keys
   * @param to of those that are now
   * @param loosened what is trusted now that was not before, a text each
   */
  record Done(List<String> from, List<String> to, List<String> loosened) implements Rotation {}

  /**
   * They cannot be used, and what was in use stays so.
   *
   * @param problems a line for everything that is wrong
   * @param mayPass whether the cause can end without a change of what the files hold: their modes,
   *     the time, a token
   * @param taken what of it is in use all the same; null for nothing
   */
  record Refused(List<String> problems, boolean mayPass, @Nullable Done taken) implements Rotation {
    /** They cannot be opened. */
    public static Refused unusable(List<String> problems) {
      return new Refused(problems, true, null);
    }

    /** They can be opened, and must not be used. */
    public static Refused forbidden(List<String> problems) {
      return new Refused(problems, false, null);
    }
  }
}
