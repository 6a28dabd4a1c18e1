package sallyport.config.stream;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Choice of the backend of a TCP stream. Immutable. */
public sealed interface ForwardTo {
  /** Name of a default, which stands for all clients that no other name stands for. */
  String ANY = "*";

  /** Returns the names of all backends that streams may go to. */
  Set<String> backends();

  /**
   * Returns the name of the backend for a client.
   *
   * @param serverName its SNI, lower case, without the dot of the root; null without one
   * @return null for a client that is refused
   */
  @Nullable String backend(@Nullable String serverName);

  /** One backend for all clients. */
  record One(String name) implements ForwardTo {
    @Override
    public Set<String> backends() {
      return Set.of(name);
    }

    @Override
    public String backend(@Nullable String serverName) {
      return name;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * A backend by the SNI of the client: an exact name, or else the longest {@code *.NAME}, or else
   * {@code *}.
   *
   * @param byName names of backends by lower-case names of servers; at least one
   */
  record BySni(Map<String, String> byName) implements ForwardTo {
    @Override
    public Set<String> backends() {
      return Set.copyOf(byName.values());
    }

    @Override
    public @Nullable String backend(@Nullable String serverName) {
      String name = serverName == null ? "" : serverName;
      String exact = name.isEmpty() ? null : byName.get(name);
      for (int dot = name.indexOf('.');
          exact == null && dot >= 0;
          dot = name.indexOf('.', dot + 1)) {
        exact = byName.get("*" + name.substring(dot));
      }
      return exact == null ? byName.get(ANY) : exact;
    }

    @Override
    public String toString() {
      return String.join(", ", new TreeSet<>(backends())) + " by server name";
    }
  }
}
