package sallyport.config.address;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Judge of the path of a Unix socket, by its modes and owners. Any thread. */
public final class SocketPath {
  private static final int OTHERS_WRITE = 0002;
  private static final int OTHERS_ENTER = 0001;
  private static final int STICKY = 01000;
  private static final int TYPE = 0170000;
  private static final int SOCKET = 0140000;

  private record Attributes(int mode, int owner) {
    boolean has(int bit) {
      return (mode & bit) != 0;
    }
  }

  private SocketPath() {}

  /**
   * Returns why other users could listen there, or reach the socket, with the remedy.
   *
   * @param peer who should listen there
   * @param own user of the gateway
   * @return null if they could not, and if nothing is there yet
   */
  public static @Nullable String problem(Path path, PeerUser peer, int own) {
    try {
      String problem = problemOfFolders(path, peer, own);
      if (problem != null || !Files.exists(path)) {
        return problem;
      }
      // A link may lead to another folder.
      Path real = path.toRealPath();
      problem = real.equals(path) ? null : problemOfFolders(real, peer, own);
      return problem == null ? problemOfSocket(real, peer, own) : problem;
    } catch (IOException unreadable) {
      return "the mode and the owner of '%s' cannot be read".formatted(path);
    }
  }

  /** Returns why others could put a socket of theirs there. */
  private static @Nullable String problemOfFolders(Path path, PeerUser peer, int own)
      throws IOException {
    Path folder = path.getParent();
    if (folder == null || !Files.exists(folder)) {
      return null;
    }
    Attributes nearest = attributes(folder);
    if (nearest.has(OTHERS_WRITE)) {
      return "every user may write to the folder '%s', and could put a socket there: chmod o-w %s"
          .formatted(folder, folder);
    }
    if (!isTrusted(nearest.owner(), peer, own)) {
      return "the folder '%s' belongs to user %s, who could put a socket there; it may belong to root, %s"
          .formatted(folder, Integer.toUnsignedString(nearest.owner()), peer);
    }
    for (Path above = folder.getParent(); above != null; above = above.getParent()) {
      Attributes outer = attributes(above);
      if (outer.has(OTHERS_WRITE) && !outer.has(STICKY)) {
        return "every user may write to the folder '%s', and could put another folder there: chmod o-w %s"
            .formatted(above, above);
      }
    }
    return null;
  }

  /** Returns why the socket is open to others. */
  private static @Nullable String problemOfSocket(Path socket, PeerUser peer, int own)
      throws IOException {
    Attributes attributes = attributes(socket);
    if ((attributes.mode() & TYPE) != SOCKET) {
      return "'%s' is no socket".formatted(socket);
    }
    if (!isTrusted(attributes.owner(), peer, own)) {
      return "the socket '%s' belongs to user %s; it may belong to root, %s"
          .formatted(socket, Integer.toUnsignedString(attributes.owner()), peer);
    }
    if (attributes.has(OTHERS_WRITE) && othersEnter(socket)) {
      return "every user may write to the socket '%s', and could bypass the gateway: chmod o-w %s, or chmod o-x %s"
          .formatted(socket, socket, socket.getParent());
    }
    return null;
  }

  /** Returns whether every user may enter all folders above. */
  private static boolean othersEnter(Path socket) throws IOException {
    for (Path above = socket.getParent(); above != null; above = above.getParent()) {
      if (!attributes(above).has(OTHERS_ENTER)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isTrusted(int owner, PeerUser peer, int own) {
    return owner == own || owner == PeerUser.ROOT || peer.permits(owner, own);
  }

  private static Attributes attributes(Path path) throws IOException {
    return new Attributes(
        (int) Files.getAttribute(path, "unix:mode"), (int) Files.getAttribute(path, "unix:uid"));
  }
}
