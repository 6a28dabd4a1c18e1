package sallyport.config;

import com.typesafe.config.ConfigOrigin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of a configuration stand: relative names start in the folder of the file that
 * they are written in, and problems name files as the user did.
 *
 * @param mainFile the name by which problems in the main file are shown
 * @param main the main file, absolute; null for a text
 * @param base the folder of the main file as the user named it; where names start that come from
 *     the environment
 */
record ConfigPlaces(String mainFile, @Nullable Path main, Path base) {
  private static final List<String> ENDINGS = List.of("", ".conf", ".json", ".properties");

  static ConfigPlaces ofFile(Path given) {
    Path folder = given.getParent();
    return new ConfigPlaces(
        given.toString(), given.toAbsolutePath(), folder == null ? Path.of("") : folder);
  }

  static ConfigPlaces ofText(Path base) {
    return new ConfigPlaces("configuration", null, base);
  }

  /** Where relative names start that are written here. */
  Path folder(ConfigOrigin origin) {
    String file = origin.filename();
    if (file == null || Path.of(file).equals(main)) {
      return base;
    }
    Path folder = Path.of(file).getParent();
    return folder == null ? base : likeMain(folder);
  }

  /** A file's name for people. */
  String shown(Path file) {
    return file.equals(main) ? mainFile : likeMain(file).toString();
  }

  /** Relative to the working directory where the user named the main file so. */
  private Path likeMain(Path absolute) {
    Path here = Path.of("").toAbsolutePath();
    return base.isAbsolute() || !absolute.startsWith(here) ? absolute : here.relativize(absolute);
  }

  /**
   * The file that an include names.
   *
   * @param folder of the file that it stands in, absolute
   * @param name with or without the ending that says what it is
   * @return null when there is none
   */
  static @Nullable Path included(Path folder, String name) {
    for (String ending : ENDINGS) {
      Path file = folder.resolve(name + ending);
      if (Files.isReadable(file) && !Files.isDirectory(file)) {
        return file;
      }
    }
    return null;
  }
}
