package sallyport.cli;

import java.nio.file.Path;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.gateway.Configurations;

/** The option {@code -c FILE}, the same for every command that reads the configuration. */
final class ConfigFile {
  static final Option OPTION =
      Option.valued("FILE", "The configuration.", "-c", "--config")
          .withDefault("conf/gateway.conf");

  private ConfigFile() {}

  /**
   * Reads the file.
   *
   * @throws InvalidConfiguration with everything that is wrong with it
   */
  static GatewayConfig load(Arguments arguments) throws InvalidConfiguration {
    Path file = arguments.path(OPTION);
    return Configurations.read(() -> GatewayConfig.load(file));
  }
}
