package sallyport.config.files;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.read.ConfigPlaces;

/** File that the user names. */
public final class MainFile {
  private MainFile() {}

  /**
   * What it holds.
   *
   * @throws InvalidConfiguration that says why it cannot be read
   */
  public static String text(Path file) throws InvalidConfiguration {
    if (Files.isDirectory(file)) {
      throw unreadable(file, "it is a folder; name the file in it");
    }
    if (!Files.exists(file)) {
      throw unreadable(
          file,
          "there is no such file"
              + (file.isAbsolute() ? "" : " in '" + Path.of("").toAbsolutePath() + "'"));
    }
    if (!Files.isReadable(file)) {
      throw unreadable(file, "look at its owner and mode, and at those of its folder");
    }
    try {
      return ConfigFiles.read(file);
    } catch (IOException e) {
      throw unreadable(file, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Parses what it holds, with what it includes.
   *
   * @param text that was read from it
   */
  public static Config parse(ConfigPlaces places, String text, StrictIncluder includer) {
    ConfigParseOptions options =
        ConfigParseOptions.defaults().setAllowMissing(false).setIncluder(includer);
    Path file = places.main();
    // What is no file of its own, such as a pipe, can be read only once.
    return file != null && Files.isRegularFile(file)
        ? ConfigFactory.parseFile(file.toFile(), options)
        : ConfigFactory.parseString(text, options.setOriginDescription(places.mainFile()));
  }

  private static InvalidConfiguration unreadable(Path file, String why) {
    return new InvalidConfiguration(List.of(file + ": cannot be read: " + why));
  }
}
