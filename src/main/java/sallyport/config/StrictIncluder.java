package sallyport.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import java.io.File;
import java.net.URL;
import java.nio.file.Path;

/**
 * Includes files alone, from the folder of the file that names them, and none that is missing. The
 * library's own passes over what is missing, looks on the class path too, and fetches URLs. {@link
 * ConfigFiles} has found out before what cannot be included, and says where.
 */
final class StrictIncluder
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
  private final Path base;

  /**
   * @param base where names in a text start, absolute
   */
  StrictIncluder(Path base) {
    this.base = base;
  }

  /** There is nothing to fall back to. */
  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String name) {
    Path file = ConfigPlaces.included(folder(context), name);
    if (file == null) {
      throw new ConfigException.Generic("include: there is no file '" + name + "'");
    }
    return ConfigFactory.parseFile(file.toFile(), context.parseOptions().setAllowMissing(false))
        .root();
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File file) {
    return include(context, file.getPath());
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL url) {
    throw new ConfigException.Generic("include: URLs are not read");
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String name) {
    throw new ConfigException.Generic("include: the class path is not read");
  }

  /** The context does not name its file, but what stands beside it. */
  private Path folder(ConfigIncludeContext context) {
    var beside = context.relativeTo(".");
    String name = beside == null ? null : beside.origin().filename();
    Path folder = name == null ? null : Path.of(name).getParent();
    return folder == null ? base : folder;
  }
}
