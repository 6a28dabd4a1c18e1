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

/** File that holds a secret, or a folder of such: only its owner may read it. */
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
   */
  public static @Nullable String looseness(Path file) {
    try {
      return Sources.ofFile(file, () -> Optional.ofNullable(looseModes(file)), late -> {})
          .orElse(null);
    } catch (UnusableFile unanswered) {
      return unanswered.getMessage();
    } catch (IOException unreadable) {
      return "'" + file + "' cannot be looked at: " + unreadable.getMessage();
    } catch (UnsupportedOperationException noSuchModes) {
      return null;
    }
  }

  private static @Nullable String looseModes(Path file) throws IOException {
    Set<PosixFilePermission> modes = Files.getPosixFilePermissions(file);
    for (PosixFilePermission mode : modes) {
      if (OTHERS.contains(mode)) {
        return "'%s' has the mode %s, so that others than its owner may read or write it: chmod %s"
            .formatted(
                file,
                PosixFilePermissions.toString(modes),
                Files.isDirectory(file) ? "700" : "600");
      }
    }
    return null;
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
