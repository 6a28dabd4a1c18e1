package sallyport.net.handover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.PeerUser;

/**
 * File of a Unix socket. It is made under another name and then renamed, so that the name always
 * leads to a process that serves. Only the user of this process has access.
 *
 * <p>One thread at a time.
 */
public final class SocketFile {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final Path file;
  private final Path unpublished;
  private @Nullable Object key;

  /** Creates the file later, see {@link #toBind}. */
  public SocketFile(Path file) {
    this.file = file;
    this.unpublished =
        file.resolveSibling(
            "%s.%d-%d"
                .formatted(
                    file.getFileName(), ProcessHandle.current().pid(), COUNT.incrementAndGet()));
  }

  /**
   * Returns why other users could put a socket of theirs there, with the remedy.
   *
   * @return null when they could not
   */
  public static @Nullable String problem(Path file, int user) throws IOException {
    Path folder = file.toAbsolutePath().normalize().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return "there is no folder '%s': make it for the user of the gateway, with the mode 0700 (RuntimeDirectory= in a systemd unit)"
          .formatted(folder);
    }
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(folder);
    if (mode.contains(PosixFilePermission.GROUP_WRITE)
        || mode.contains(PosixFilePermission.OTHERS_WRITE)) {
      return "the folder '%s' has the mode %s, so that others could take the place of the gateway: chmod go-w %s"
          .formatted(folder, PosixFilePermissions.toString(mode), folder);
    }
    int owner = (int) Files.getAttribute(folder, "unix:uid");
    if (owner != user && owner != PeerUser.ROOT) {
      return "the folder '%s' belongs to user %s, who could take the place of the gateway: chown %s %s"
          .formatted(
              folder, Integer.toUnsignedString(owner), Integer.toUnsignedString(user), folder);
    }
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !isSocket(file)) {
      return "'%s' is there and is no socket: move it away, or name another".formatted(file);
    }
    return null;
  }

  private static boolean isSocket(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther();
  }

  /** Returns the name to bind, which is free. */
  public Path toBind() throws IOException {
    Files.deleteIfExists(unpublished);
    return unpublished;
  }

  /** Takes access from others, once the socket is bound. */
  public void bound() throws IOException {
    Files.setPosixFilePermissions(unpublished, PosixFilePermissions.fromString("rw-------"));
    key = key(unpublished);
  }

  /** Renames the socket, in place of the one of the process before. */
  public void publish() throws IOException {
    Files.move(unpublished, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Deletes the socket, if it is still this one. */
  public void delete() throws IOException {
    Files.deleteIfExists(unpublished);
    if (key != null && key.equals(key(file))) {
      Files.deleteIfExists(file);
    }
  }

  private static @Nullable Object key(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (NoSuchFileException gone) {
      return null;
    }
  }
}
