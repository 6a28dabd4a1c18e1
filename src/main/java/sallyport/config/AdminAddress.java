package sallyport.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigResolveOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code admin.bind} and nothing else of a configuration: what is wrong elsewhere, with
 * values, files or variables that are not set, does not matter to who only wants to ask a gateway
 * that runs. Includes are found as at a start.
 */
public final class AdminAddress {
  private static final String KEY = "gateway.admin.bind";

  private AdminAddress() {}

  /**
   * The address of the admin listener, the default where the configuration has none.
   *
   * @throws ConfigException when the file cannot be read or parsed, when it has no address there,
   *     and when it has none but an include that cannot be read might
   */
  public static BindAddress bind(Path file) throws ConfigException {
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
      throw new ConfigException(List.of(SyntaxProblem.of(broken, content, new Problems(places))));
    }
    BindAddress bind = Addresses.bind(text);
    if (bind == null || bind.port() == 0) {
      throw problem(file, "admin.bind: '" + text + "' is no address that can be asked");
    }
    return bind;
  }

  /** The default would be the address of another gateway, or of none. */
  private static ConfigException unknown(Path file, Problems missing) {
    List<String> lines = new ArrayList<>(missing.lines());
    lines.add(
        file
            + ": admin.bind: is not in what can be read, and may be in what is missing; give --url");
    return new ConfigException(lines);
  }

  private static ConfigException problem(Path file, String text) {
    return new ConfigException(List.of(file + ": " + text));
  }
}
