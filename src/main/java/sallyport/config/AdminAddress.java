package sallyport.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads {@code admin.bind} and nothing else of a configuration: whatever is wrong elsewhere, with
 * values, files or variables that are not set, does not matter to who only wants to ask a gateway
 * that runs.
 */
public final class AdminAddress {
  private static final String KEY = "gateway.admin.bind";

  private AdminAddress() {}

  /**
   * The address of the admin listener, the default where the file has none.
   *
   * @throws ConfigException when the file cannot be read or parsed, or has no address there
   */
  public static BindAddress bind(Path file) throws ConfigException {
    try {
      Config own =
          ConfigFactory.parseFile(
              file.toAbsolutePath().toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
      Config all =
          own.withFallback(ConfigFactory.parseResources("reference.conf"))
              .resolve(ConfigResolveOptions.defaults().setAllowUnresolved(true));
      String text = all.getString(KEY);
      BindAddress bind = Addresses.bind(text);
      if (bind == null || bind.port() == 0) {
        throw problem(file, "admin.bind: '" + text + "' is no address that can be asked");
      }
      return bind;
    } catch (com.typesafe.config.ConfigException.IO unreadable) {
      throw problem(file, "cannot be read: there is no such file, or it is not readable");
    } catch (com.typesafe.config.ConfigException broken) {
      throw problem(file, "cannot be read: " + broken.getMessage());
    }
  }

  private static ConfigException problem(Path file, String text) {
    return new ConfigException(List.of(file + ": " + text));
  }
}
