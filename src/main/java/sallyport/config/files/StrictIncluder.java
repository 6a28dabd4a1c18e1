package sallyport.config.files;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigPlaces;

/**
 * Includer of files alone, from the folder of the file that names them. The library's own includer
 * ignores missing files, searches the class path and fetches URLs. {@link ConfigFiles} reports
 * before what cannot be included, and where. For one configuration, on one thread.
 */
public final class StrictIncluder
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
  private final @Nullable Path base;
  private final boolean requiring;

  /** The files that are being included, the innermost last. */
  private final Deque<Path> open = new ArrayDeque<>();

  private StrictIncluder(@Nullable Path base, boolean requiring) {
    this.base = base;
    this.requiring = requiring;
  }

  /**
   * Takes no file that is missing.
   *
   * @param base where names in a text start, absolute
   */
  public static StrictIncluder requiring(Path base) {
    return new StrictIncluder(base, true);
  }

  /** Passes over what cannot be included, by the same rules. */
  public static StrictIncluder passing(Path base) {
    return new StrictIncluder(base, false);
  }

  /** Takes no file at all. */
  static StrictIncluder refusing() {
    return new StrictIncluder(null, true);
  }

  /** There is nothing to fall back to. */
  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String name) {
    if (base == null) {
      return none("this file stands alone");
    }
    Path file = ConfigPlaces.included(folder(context, base), name);
    if (file == null) {
      return none("there is no file '" + name + "'");
    }
    Path real = real(file);
    if (open.contains(real)) {
      return none("'" + name + "' includes itself");
    }
    open.addLast(real);
    try {
      return ConfigFactory.parseFile(file.toFile(), context.parseOptions().setAllowMissing(false))
          .root();
    } finally {
      open.removeLast();
    }
  }

  private ConfigObject none(String why) {
    if (requiring) {
      throw new ConfigException.Generic("include: " + why);
    }
    return ConfigFactory.empty().root();
  }

  private static Path real(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException cannotTell) {
      return file.normalize();
    }
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File file) {
    return include(context, file.getPath());
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL url) {
    return none("URLs are not read");
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String name) {
    return none("the class path is not read");
  }

  /** The context does not name its file, but what stands beside it. */
  private static Path folder(ConfigIncludeContext context, Path base) {
    var beside = context.relativeTo(".");
    String name = beside == null ? null : beside.origin().filename();
    Path folder = name == null ? null : Path.of(name).getParent();
    return folder == null ? base : folder;
  }
}
