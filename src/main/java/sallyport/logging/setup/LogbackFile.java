package sallyport.logging.setup;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.core.util.Loader;
import ch.qos.logback.core.util.OptionHelper;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Logback configuration that {@code -Dlogback.configurationFile} names. */
final class LogbackFile {
  /** As it was named where {@link #hide} has hidden it. */
  private static volatile @Nullable String hidden;

  private LogbackFile() {}

  /** Returns the name as it was given; null where none was. */
  static @Nullable String name() {
    String name = hidden;
    return name != null
        ? name
        : OptionHelper.getSystemProperty(ClassicConstants.CONFIG_FILE_PROPERTY);
  }

  /** Keeps the logging system of this process from using it; before the first line. */
  static void hide() {
    hidden = name();
    System.clearProperty(ClassicConstants.CONFIG_FILE_PROPERTY);
  }

  /**
   * Returns where Logback finds a configuration of this name: a URL, a resource or a file; else
   * null.
   */
  static @Nullable URL find(String name) {
    try {
      return URI.create(name).toURL();
    } catch (IllegalArgumentException | MalformedURLException notAUrl) {
      URL resource = Loader.getResource(name, Loader.getClassLoaderOfObject(LogbackFile.class));
      return resource != null ? resource : file(Path.of(name));
    }
  }

  private static @Nullable URL file(Path file) {
    try {
      return Files.isRegularFile(file) ? file.toUri().toURL() : null;
    } catch (MalformedURLException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Returns the message for a name that leads to no file. */
  static String missing() {
    return "there is no such file; logging is as it is without one";
  }
}
