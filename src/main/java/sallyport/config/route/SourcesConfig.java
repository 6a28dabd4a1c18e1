package sallyport.config.route;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.values.CidrSet;

/**
 * Addresses whose requests a route takes. The address is that of the client that trusted proxies
 * tell, or else of the connection.
 *
 * @param allow only from these; null: from all
 * @param deny not from these, even if {@code allow} has them
 */
public record SourcesConfig(@Nullable CidrSet allow, CidrSet deny) {
  /** From all. */
  public static final SourcesConfig ALL = new SourcesConfig(null, CidrSet.NONE);

  /** Returns whether requests from this address are taken. */
  public boolean takes(InetAddress address) {
    return (allow == null || allow.contains(address)) && !deny.contains(address);
  }

  /** Returns whether it refuses some that another may take. */
  public boolean demandsMoreThan(SourcesConfig other) {
    boolean allowsLess =
        allow != null && (other.allow == null || !other.allow.beyond(allow).isEmpty());
    return allowsLess || !deny.beyond(other.deny).isEmpty();
  }

  /** Returns the ranges that are taken and were not before, for people. */
  public List<String> beyond(SourcesConfig before) {
    if (before.allow == null) {
      return List.of();
    }
    return allow == null ? List.of("every address") : allow.beyond(before.allow);
  }
}
