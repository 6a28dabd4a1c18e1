package sallyport.config.address;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** User that a peer at a Unix socket has to run as. Immutable. Any thread. */
public sealed interface PeerUser {
  /** The id of root. */
  int ROOT = 0;

  /** The user of the gateway, and root. */
  record Own() implements PeerUser {
    @Override
    public boolean permits(int user, int own) {
      return user == own || user == ROOT;
    }

    @Override
    public String toString() {
      return "the user of the gateway, or root";
    }
  }

  /**
   * One user.
   *
   * @param name as it is written, a name or a number
   * @param id that it stands for
   */
  record Named(String name, int id) implements PeerUser {
    @Override
    public boolean permits(int user, int own) {
      return user == id;
    }

    @Override
    public String toString() {
      String number = Integer.toUnsignedString(id);
      return name.equals(number) ? name : name + " (" + number + ")";
    }
  }

  /**
   * Returns whether a peer may be this user.
   *
   * @param user of the peer, as the kernel says
   * @param own user of the gateway
   */
  boolean permits(int user, int own);

  /**
   * Returns the user of a name or number. It may ask a directory, and block.
   *
   * @throws IllegalArgumentException if this machine has no such user
   */
  static PeerUser of(String text) {
    try {
      return new Named(text, Ids.of(text));
    } catch (IOException unknown) {
      throw new IllegalArgumentException(
          "must be the name or number of a user of this machine, is '%s'".formatted(text), unknown);
    }
  }

  /**
   * Returns the number of a user.
   *
   * @throws IOException if it cannot be found out
   */
  static int id(UserPrincipal user) throws IOException {
    return Ids.of(user);
  }

  /**
   * Returns the id of the user of this process.
   *
   * @throws IOException if the kernel does not say
   */
  static int own() throws IOException {
    return Ids.own();
  }

  /** Numbers of users, which the JDK keeps to itself. */
  final class Ids {
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,9}");

    /** Stands for no user (chown(2)). */
    private static final long LARGEST = 0xFFFF_FFFFL;

    private static final Path STATUS = Path.of("/proc/self/status");

    private Ids() {}

    private static int own() throws IOException {
      // The owner of /proc/self is root where the process has capabilities of its file.
      try (Stream<String> lines = Files.lines(STATUS)) {
        String ids = lines.filter(line -> line.startsWith("Uid:")).findFirst().orElse("");
        // Real, effective, saved, of the file system.
        return Integer.parseUnsignedInt(ids.split("\\s+", -1)[2]);
      } catch (ArrayIndexOutOfBoundsException | NumberFormatException unknown) {
        throw new IOException(STATUS + " has no user", unknown);
      }
    }

    private static UserPrincipalLookupService users() {
      return FileSystems.getDefault().getUserPrincipalLookupService();
    }

    private static int of(String text) throws IOException {
      if (NUMBER.matcher(text).matches()) {
        long number = Long.parseLong(text);
        if (number < LARGEST) {
          return (int) number;
        }
      }
      if (text.isEmpty() || Character.isDigit(text.charAt(0))) {
        // The JDK would take 01 for a number too.
        throw new IOException(text);
      }
      return of(users().lookupPrincipalByName(text));
    }

    /** The JDK has the number as the hash code of a user; the way back proves it. */
    private static int of(UserPrincipal user) throws IOException {
      int id = user.hashCode();
      if (id < 0 || !users().lookupPrincipalByName(Integer.toString(id)).equals(user)) {
        throw new IOException("the number of the user " + user.getName() + " is unknown");
      }
      return id;
    }
  }
}
