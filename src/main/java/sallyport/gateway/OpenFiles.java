package sallyport.gateway;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.ListenerConfig;

/** Limit of the files, and so of the connections, that the process may open at once. */
final class OpenFiles {
  private OpenFiles() {}

  /** The limit of this process; the JVM has raised it as far as it may. */
  static long limit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }

  /**
   * Returns the warning about a limit below the connections that listeners may have together.
   *
   * @return null when it is not
   */
  static @Nullable String warning(GatewayConfig config, long limit) {
    long clients = 0;
    for (ListenerConfig listener : config.listeners().values()) {
      clients += listener.limits().maxConnections();
    }
    return clients < limit
        ? null
        : "%d files may be open at once (ulimit -n), but limits.max-connections allows %d connections of clients, and those to backends come on top: raise the limit (LimitNOFILE= in a systemd unit), or lower max-connections"
            .formatted(limit, clients);
  }
}
