package sallyport.config.address;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;

/** Reader of {@code plain = local}, and of the addresses and users that it stands for. */
public final class PlainReader {
  /** The only word for {@code plain}. */
  public static final String LOCAL = "local";

  private PlainReader() {}

  /** Returns whether {@code plain} is written, with a problem for any other word than local. */
  public static boolean isPlain(ConfigReader in) {
    if (!in.has("plain")) {
      return false;
    }
    String word = in.string("plain");
    if (!word.equals(LOCAL)) {
      in.problem(
          "plain",
          "must be local, which never leaves this machine, is '"
              + word
              + "'; there is no other way without TLS");
    }
    return true;
  }

  /** Reads {@code peer-user}; without it, that of the gateway and root. */
  public static PeerUser peerUser(ConfigReader in) {
    if (in.has("peer-user")) {
      try {
        return PeerUser.of(in.string("peer-user"));
      } catch (IllegalArgumentException unknown) {
        in.problem("peer-user", String.valueOf(unknown.getMessage()));
      }
    }
    return new PeerUser.Own();
  }

  /**
   * Returns why an address is open to other users of this machine.
   *
   * @param peer who should be there
   * @return null if it is not; a loopback address is open to them in any case
   */
  public static @Nullable String problem(LocalAddress address, PeerUser peer) {
    return switch (address) {
      case LocalAddress.Loopback loopback -> null;
      case LocalAddress.UnixSocket socket -> {
        try {
          yield SocketPath.problem(socket.path(), peer, PeerUser.own());
        } catch (IOException unknown) {
          yield String.valueOf(unknown.getMessage());
        }
      }
    };
  }
}
