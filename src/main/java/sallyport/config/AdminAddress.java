package sallyport.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigResolveOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.Addresses;
import sallyport.config.address.BindAddress;
import sallyport.config.admin.AdminBind;
import sallyport.config.admin.AdminPart;
import sallyport.config.files.ConfigFiles;
import sallyport.config.files.MainFile;
import sallyport.config.files.StrictIncluder;
import sallyport.config.files.SyntaxProblem;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.read.ConfigPlaces;
import sallyport.config.read.Problems;

/**
 * Reader of the address of an admin listener alone. Errors elsewhere in the configuration do not
 * matter for a question to a gateway that runs. Includes are found as at a start.
 */
public final class AdminAddress {
  private static final String SECTION = "gateway.admin";

  /**
   * Address of an admin listener.
   *
   * @param tls whether it is under TLS
   */
  public record Target(AdminBind bind, boolean tls) {}

  private AdminAddress() {}

  /**
   * Returns the address of the listener that has a part, the default where the configuration has
   * none.
   *
   * @throws InvalidConfiguration when the file cannot be read or parsed, when it has no address
   *     there, and when it has none but an include that cannot be read might
   */
  public static Target of(AdminPart part, Path file) throws InvalidConfiguration {
    ConfigPlaces places = ConfigPlaces.ofFile(file);
    String content = MainFile.text(file);
    Problems missing = new Problems(places);
    new ConfigFiles(places, missing, null).look(places.main(), content);
    String apart = SECTION + "." + part.key();
    String key = SECTION + ".bind";
    try {
      Config own =
          MainFile.parse(places, content, StrictIncluder.passing(places.base().toAbsolutePath()))
              .resolve(ConfigResolveOptions.defaults().setAllowUnresolved(true));
      if (own.hasPath(apart)) {
        key = apart + ".bind";
      }
      if (!own.hasPathOrNull(key) && !missing.isEmpty()) {
        throw unknown(file, name(key), missing);
      }
      boolean tls = own.hasPath(apart + ".tls");
      String text = own.withFallback(ConfigFactory.parseResources("reference.conf")).getString(key);
      AdminBind bind = parse(text);
      if (bind == null) {
        throw problem(file, name(key) + ": '" + text + "' is no address that can be asked");
      }
      return new Target(bind, tls);
    } catch (com.typesafe.config.ConfigException.NotResolved unset) {
      throw problem(file, name(key) + ": is made from a name that has no value here; give --url");
    } catch (com.typesafe.config.ConfigException broken) {
      throw new InvalidConfiguration(
          List.of(SyntaxProblem.of(broken, content, new Problems(places))));
    }
  }

  /** Returns null for an address that no client can connect to. */
  private static @Nullable AdminBind parse(String text) {
    if (text.startsWith(AdminBind.UNIX)) {
      return new AdminBind.Unix(Path.of(text.substring(AdminBind.UNIX.length())));
    }
    BindAddress address = Addresses.bind(text);
    return address == null || address.port() == 0 ? null : new AdminBind.Tcp(address);
  }

  private static String name(String key) {
    return key.substring("gateway.".length());
  }

  /** The default would be the address of another gateway, or of none. */
  private static InvalidConfiguration unknown(Path file, String key, Problems missing) {
    List<String> lines = new ArrayList<>(missing.lines());
    lines.add(
        file
            + ": "
            + key
            + ": is not in what can be read, and may be in what is missing; give --url");
    return new InvalidConfiguration(lines);
  }

  private static InvalidConfiguration problem(Path file, String text) {
    return new InvalidConfiguration(List.of(file + ": " + text));
  }
}
