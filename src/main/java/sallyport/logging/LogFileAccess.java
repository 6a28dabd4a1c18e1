package sallyport.logging;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Permissions of log files: their paths can hold record numbers of patients, and clients are named
 * by address.
 */
public final class LogFileAccess {
  /** Of files that are made: readable by the owner and the group. The umask can take more away. */
  static final FileAttribute<Set<PosixFilePermission>> FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

  /** Of folders that are made. */
  static final FileAttribute<Set<PosixFilePermission>> FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---"));

  private LogFileAccess() {}

  /**
   * Returns the reason why this process could not open a file for lines, found without opening or
   * creating it; null where it could.
   */
  public static @Nullable String reasonAgainst(Path file) {
    if (Files.exists(file)) {
      if (Files.isDirectory(file)) {
        return "it is a folder";
      }
      return Files.isWritable(file) ? null : "permission denied";
    }
    Path folder = file.toAbsolutePath().getParent();
    while (folder != null && Files.notExists(folder)) {
      folder = folder.getParent();
    }
    if (folder == null || !Files.isDirectory(folder)) {
      return "a part of its path is no folder";
    }
    return Files.isWritable(folder) && Files.isExecutable(folder)
        ? null
        : "permission denied in the folder " + folder;
  }
}
