package sallyport.credentials.rotation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Outcome of a rotation. */
public sealed interface Rotation {
  /** The files hold what is in use. */
  record Unchanged() implements Rotation {}

  /**
   * Rotation to the present content of the files.
   *
   * @param from SHA-256 of the certificates that were in use, hex; the names of ticket keys; the
   *     number of other things
   * @param to of those that are now
   * @param loosened what is trusted now that was not before, a text each
   */
  record Done(List<String> from, List<String> to, List<String> loosened) implements Rotation {}

  /**
   * The files cannot be used, and what was in use stays so.
   *
   * @param problems a line for everything that is wrong
   * @param mayPass whether the cause can end without a change of what the files hold: their modes,
   *     the time, a token
   * @param taken what of it is in use all the same; null for nothing
   */
  record Refused(List<String> problems, boolean mayPass, @Nullable Done taken) implements Rotation {
    /** Refuses files that cannot be opened. */
    public static Refused unusable(List<String> problems) {
      return new Refused(problems, true, null);
    }

    /** Refuses files that can be opened, and must not be used. */
    public static Refused forbidden(List<String> problems) {
      return new Refused(problems, false, null);
    }
  }
}
