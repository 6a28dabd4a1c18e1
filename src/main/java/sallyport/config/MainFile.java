package sallyport.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The file that the user names. */
final class MainFile {
  private MainFile() {}

  /**
   * What it holds.
   *
   * @throws ConfigException that says why it cannot be read
   */
  static String text(Path file) throws ConfigException {
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

  private static ConfigException unreadable(Path file, String why) {
    return new ConfigException(List.of(file + ": cannot be read: " + why));
  }
}
