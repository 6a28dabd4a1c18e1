package sallyport.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.List;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.config.backend.BackendConfig.EndpointsFileConfig;
import sallyport.config.backend.BackendReader;
import sallyport.config.files.LoneFile;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.read.ConfigPlaces;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Problems;

/**
 * Reader of a file of endpoints. The file has the key {@code endpoints} and nothing else, in the
 * form of the configuration.
 */
public final class EndpointsFileReader {
  private EndpointsFileReader() {}

  /** Values that stand in where an endpoint leaves a key out. */
  private static final class Defaults {
    static final Config ENDPOINT =
        ConfigFactory.parseResources("reference.conf")
            .resolve()
            .getConfig("gateway-defaults.endpoint");
  }

  /**
   * Reads the endpoints of a file. Any thread.
   *
   * @param backend whose file it is
   * @param text that the file holds
   * @return at least one, none of them among those of the configuration
   * @throws InvalidConfiguration with everything that is wrong, not only the first
   */
  public static List<EndpointConfig> read(
      BackendConfig backend, EndpointsFileConfig file, String text) throws InvalidConfiguration {
    Path name = file.file();
    Path folder = name.toAbsolutePath().getParent();
    ConfigPlaces places =
        new ConfigPlaces(name.toString(), null, folder == null ? Path.of("") : folder);
    Config config = LoneFile.parse(places, text);
    Problems problems = new Problems(places);
    ConfigReader in = new ConfigReader(problems, "", config.root(), ConfigFactory.empty());
    List<EndpointConfig> endpoints = BackendReader.readFile(backend, file, in, Defaults.ENDPOINT);
    if (!problems.isEmpty()) {
      throw new InvalidConfiguration(problems.lines());
    }
    return endpoints;
  }
}
