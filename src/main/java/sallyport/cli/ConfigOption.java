package sallyport.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.gateway.Configurations;

/** The option {@code -c FILE}, the same for every command that reads the configuration. */
final class ConfigOption {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      defaultValue = GatewayProcess.DEFAULT_FILE,
      description = "The configuration (default: ${DEFAULT-VALUE}).")
  private Path file;

  /** Its name. */
  Path file() {
    return file;
  }

  /**
   * Reads the file.
   *
   * @throws InvalidConfiguration with everything that is wrong with it
   */
  GatewayConfig load() throws InvalidConfiguration {
    return Configurations.read(() -> GatewayConfig.load(file));
  }
}
