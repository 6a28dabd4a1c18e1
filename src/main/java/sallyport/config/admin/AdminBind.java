package sallyport.config.admin;

import java.net.InetAddress;
import java.nio.file.Path;
import sallyport.config.address.BindAddress;

/** Address that an admin listener binds. */
public sealed interface AdminBind {
  /** The prefix of a path of a Unix socket. */
  String UNIX = "unix:";

  /** Address of TCP. */
  record Tcp(BindAddress address) implements AdminBind {
    /** Returns whether this machine alone reaches it: a literal address, or localhost. */
    boolean isLoopback() {
      try {
        return InetAddress.ofLiteral(address.host()).isLoopbackAddress();
      } catch (IllegalArgumentException name) {
        return address.host().equalsIgnoreCase("localhost");
      }
    }

    @Override
    public String toString() {
      return address.toString();
    }
  }

  /** Socket in the file system. */
  record Unix(Path path) implements AdminBind {
    @Override
    public String toString() {
      return UNIX + path;
    }
  }
}
