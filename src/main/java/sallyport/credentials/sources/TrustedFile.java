package sallyport.credentials.sources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** File that the gateway acts on, so that not every user of the machine may write it. */
public final class TrustedFile {
  private TrustedFile() {}

  /**
   * Refuses a file that any user may write. File systems without such modes (Windows) pass.
   *
   * @throws UnusableFile that says the mode and what to do
   */
  public static void refuseOpenToAll(Path file) throws UnusableFile {
    try {
      Set<PosixFilePermission> modes =
          Sources.ofFile(file, () -> Files.getPosixFilePermissions(file), late -> {});
      if (modes.contains(PosixFilePermission.OTHERS_WRITE)) {
        throw new UnusableFile(
            "'%s' has the mode %s, so that any user may write it: chmod o-w"
                .formatted(file, PosixFilePermissions.toString(modes)));
      }
    } catch (IOException unreadable) {
      // What it is is said where it is read.
    } catch (UnsupportedOperationException noSuchModes) {
      // There is nothing to look at.
    }
  }
}
