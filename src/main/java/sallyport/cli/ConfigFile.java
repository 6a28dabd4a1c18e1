package sallyport.cli;

import java.nio.file.Path;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.gateway.Configurations;

/** The option {@code -c FILE} of every command that reads the configuration. */
final class ConfigFile {
  private static final String DEFAULT = "conf/gateway.conf";

  static final Option OPTION =
      Option.builder("c")
          .longOpt("config")
          .hasArg()
          .argName("FILE")
          .desc("The configuration. Default: " + DEFAULT + ".")
          .get();

  private ConfigFile() {}

  /** Returns the file that the command line names, or the default. */
  static Path of(CommandLine line) {
    return Path.of(line.getOptionValue(OPTION, DEFAULT));
  }

  /**
   * Reads the file.
   *
   * @throws InvalidConfiguration with every problem of the file
   */
  static GatewayConfig load(CommandLine line) throws InvalidConfiguration {
    Path file = of(line);
    return Configurations.read(() -> GatewayConfig.load(file));
  }
}
