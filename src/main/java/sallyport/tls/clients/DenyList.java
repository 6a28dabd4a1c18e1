package sallyport.tls.clients;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.tls.DenyListConfig;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.Rotation;

/**
 * Deny list of a listener, from a file that is watched. An added certificate is denied at once. A
 * removed one stays denied until a reload gives a reason, since that accepts more than before.
 *
 * <p>Any thread; one rotation at a time.
 */
public final class DenyList implements Rotatable {
  private final String listener;
  private final DenyListConfig config;
  private volatile DeniedCertificates denied;

  private DenyList(String listener, DenyListConfig config, DeniedCertificates denied) {
    this.listener = listener;
    this.config = config;
    this.denied = denied;
  }

  /**
   * @param problems takes a line for everything that is wrong with the file
   * @return null when anything is
   */
  public static @Nullable DenyList load(
      String listener, DenyListConfig config, List<String> problems) {
    DeniedCertificates read = DeniedCertificates.read(config, problems);
    return read == null ? null : new DenyList(listener, config, read);
  }

  /** Returns the certificates that are denied now. */
  DeniedCertificates denied() {
    return denied;
  }

  @Override
  public Kind kind() {
    return Kind.DENIED;
  }

  @Override
  public String name() {
    return listener;
  }

  @Override
  public List<Path> files() {
    return List.of(config.file());
  }

  @Override
  public Rotation rotate(KeyOpener keys, boolean mayLoosen) {
    List<String> problems = new ArrayList<>();
    DeniedCertificates before = denied;
    DeniedCertificates read = DeniedCertificates.read(config, problems);
    if (read == null) {
      return Rotation.Refused.unusable(problems);
    }
    DeniedCertificates longer = before.and(read);
    DeniedCertificates after = mayLoosen ? read : longer;
    int kept = longer.size() - read.size();
    denied = after;
    Rotation.Done done =
        new Rotation.Done(
            List.of(before.size() + " denied"),
            List.of(after.size() + " denied"),
            kept > 0 && mayLoosen
                ? List.of("lets in " + kept + " certificates that were denied")
                : List.of());
    if (kept > 0 && !mayLoosen) {
      problems.add(
          config
              .location()
              .problem(
                  kept
                      + " certificates that the file no longer names stay denied; to let them in,"
                      + " reload with a reason"));
      return new Rotation.Refused(problems, false, after.equals(before) ? null : done);
    }
    return after.equals(before) ? new Rotation.Unchanged() : done;
  }
}
