package sallyport.credentials.sources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** File that holds a secret, or a folder of such: only its owner may read it, or its group too. */
public final class KeyFile {
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private KeyFile() {}

  /**
   * Returns what is wrong with the modes and what to do; null where only the owner may read or
   * write the file.
   *
   * @param groupMayRead whether the group of the file may read it too
   */
  public static @Nullable String looseness(Path file, boolean groupMayRead) {
    try {
      return Sources.ofFile(
              file, () -> Optional.ofNullable(looseModes(file, groupMayRead)), late -> {})
          .orElse(null);
    } catch (UnusableFile unanswered) {
      return unanswered.getMessage();
    } catch (IOException unreadable) {
      return "'" + file + "' cannot be looked at: " + unreadable.getMessage();
    } catch (UnsupportedOperationException noSuchModes) {
      return null;
    }
  }

  private static @Nullable String looseModes(Path file, boolean groupMayRead) throws IOException {
    Set<PosixFilePermission> modes = Files.getPosixFilePermissions(file);
    for (PosixFilePermission mode : modes) {
      if (OTHERS.contains(mode) && !(groupMayRead && mode == PosixFilePermission.GROUP_READ)) {
        return "'%s' has the mode %s, so that others than its owner%s may read or write it: chmod %s"
            .formatted(
                file,
                PosixFilePermissions.toString(modes),
                groupMayRead ? " and its group" : "",
                chmod(Files.isDirectory(file), groupMayRead));
      }
    }
    return null;
  }

  private static String chmod(boolean folder, boolean groupMayRead) {
    if (groupMayRead) {
      return folder ? "750" : "640";
    }
    return folder ? "700" : "600";
  }

  /** Returns the modes, such as {@code rw-------}; null where files have none. */
  public static @Nullable String modes(Path file) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    } catch (IOException | UnsupportedOperationException noSuchModes) {
      return null;
    }
  }

  public static byte[] read(Path file) throws UnusableFile {
    try {
      return Sources.bytes(file);
    } catch (IOException unreadable) {
      throw new UnusableFile("'" + file + "' cannot be read");
    }
  }
}
