package sallyport.gateway;

import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.ConfigSource;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;

/**
 * Reader of configurations within the time limit for sources. Their files and those that they name
 * can hang, above all on a network file system. Any thread.
 */
public final class Configurations {
  /** Outcome of reading one. */
  private record Read(@Nullable GatewayConfig config, @Nullable InvalidConfiguration problem) {}

  private Configurations() {}

  /**
   * Reads one, within the limit of the opening that this thread is in, or 30 s.
   *
   * @throws InvalidConfiguration when it cannot be read, and when it does not answer in time
   */
  public static GatewayConfig read(ConfigSource source) throws InvalidConfiguration {
    Read read;
    try {
      read = Sources.look("the configuration", () -> readNow(source));
    } catch (UnusableFile hangs) {
      throw new InvalidConfiguration(List.of(String.valueOf(hangs.getMessage())));
    }
    if (read.config() == null) {
      throw read.problem() == null ? new InvalidConfiguration(List.of()) : read.problem();
    }
    return read.config();
  }

  private static Read readNow(ConfigSource source) {
    try {
      return new Read(source.read(), null);
    } catch (InvalidConfiguration unusable) {
      return new Read(null, unusable);
    }
  }
}
