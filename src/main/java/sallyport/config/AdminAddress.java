package sallyport.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigResolveOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import sallyport.config.address.Addresses;
import sallyport.config.address.BindAddress;
import sallyport.config.files.ConfigFiles;
import sallyport.config.files.MainFile;
import sallyport.config.files.StrictIncluder;
import sallyport.config.files.SyntaxProblem;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.read.ConfigPlaces;
import sallyport.config.read.Problems;

/**
 * Reader of {@code admin.bind} alone. Errors elsewhere in the configuration do not matter for a
 * question to a gateway that runs. Includes are found as at a start.
 */
public final class AdminAddress {
  private static final String KEY = "gateway.admin.bind";

  private AdminAddress() {}

  /**
   * The address of the admin listener, the default where the configuration has none.
   *
   * @throws InvalidConfiguration when the file cannot be read or parsed, when it has no address
   *     there, and when it has none but an include that cannot be read might
   */
  public static BindAddress bind(Path file) throws InvalidConfiguration {
    ConfigPlaces places = ConfigPlaces.ofFile(file);
    String content = MainFile.text(file);
    Problems missing = new Problems(places);
    new ConfigFiles(places, missing, null).look(places.main(), content);
    String text;
    try {
      Config own =
          MainFile.parse(places, content, StrictIncluder.passing(places.base().toAbsolutePath()))
              .resolve(ConfigResolveOptions.defaults().setAllowUnresolved(true));
      if (!own.hasPathOrNull(KEY) && !missing.isEmpty()) {
        throw unknown(file, missing);
      }
      text = own.withFallback(ConfigFactory.parseResources("reference.conf")).getString(KEY);
    } catch (com.typesafe.config.ConfigException.NotResolved unset) {
      throw problem(file, "admin.bind: is made from a name that has no value here; give --url");
    } catch (com.typesafe.config.ConfigException broken) {
      throw new InvalidConfiguration(
          List.of(SyntaxProblem.of(broken, content, new Problems(places))));
    }
    BindAddress bind = Addresses.bind(text);
    if (bind == null || bind.port() == 0) {
      throw problem(file, "admin.bind: '" + text + "' is no address that can be asked");
    }
    return bind;
  }

  /** The default would be the address of another gateway, or of none. */
  private static InvalidConfiguration unknown(Path file, Problems missing) {
    List<String> lines = new ArrayList<>(missing.lines());
    lines.add(
        file
            + ": admin.bind: is not in what can be read, and may be in what is missing; give --url");
    return new InvalidConfiguration(lines);
  }

  private static InvalidConfiguration problem(Path file, String text) {
    return new InvalidConfiguration(List.of(file + ": " + text));
  }
}
