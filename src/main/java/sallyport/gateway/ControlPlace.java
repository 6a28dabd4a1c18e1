package sallyport.gateway;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Place for the Unix socket of the control: its folder, and a file that is there already. */
final class ControlPlace {
  private ControlPlace() {}

  /**
   * Checks that a socket may be bound here. A socket without a listener is left by a process that
   * was killed, and may be replaced.
   *
   * @param replace whether one with a listener may be replaced too
   * @throws IOException with the reason and what to do
   */
  static void check(Path file, boolean replace) throws IOException {
    Path folder = file.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException(
          "there is no folder '" + folder + "'; RuntimeDirectory= of a systemd unit makes it");
    }
    Set<PosixFilePermission> modes = Files.getPosixFilePermissions(folder);
    if (modes.contains(PosixFilePermission.OTHERS_WRITE)
        || modes.contains(PosixFilePermission.GROUP_WRITE)) {
      throw new IOException(
          "others may write to '%s' (%s), and could replace the socket; chmod 755, or another folder"
              .formatted(folder, PosixFilePermissions.toString(modes)));
    }
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    BasicFileAttributes there =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!there.isOther()) {
      throw new IOException("there is a file that is no socket; remove it, or name another path");
    }
    if (!replace && isListenedTo(file)) {
      throw new IOException("another process listens there");
    }
  }

  private static boolean isListenedTo(Path file) {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return client.connect(UnixDomainSocketAddress.of(file));
    } catch (IOException stale) {
      return false;
    }
  }
}
