package sallyport.config.tls;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.problem.ConfigLocation;

/** Source of the keys that seal session tickets. */
public sealed interface TicketSourceConfig {
  /** Made in memory: tickets are good at this process alone. */
  record Memory() implements TicketSourceConfig {}

  /** Files in a folder, the same at every replica. */
  record Folder(Path path, ConfigLocation location) implements TicketSourceConfig {}

  /**
   * Computed from secrets that every replica has, and from the time.
   *
   * @param secrets 1 to 4; the first seals, tickets under the others are taken too
   * @param clockSkew how far apart the clocks of two replicas may be; 0 or more
   */
  record Derived(List<SecretConfig> secrets, Duration clockSkew, ConfigLocation location)
      implements TicketSourceConfig {}

  /** There are no tickets. */
  record Off() implements TicketSourceConfig {}
}
