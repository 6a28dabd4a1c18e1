package sallyport.config.read;

import com.typesafe.config.ConfigOrigin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.ConfigLocation;

/**
 * Folders of the files of a configuration. Relative names start in the folder of the file that they
 * are written in. Problems name files as the user did.
 *
 * @param mainFile the name by which problems in the main file are shown
 * @param main the main file, absolute; null for a text
 * @param base the folder of the main file as the user named it; where names start that come from
 *     the environment
 */
public record ConfigPlaces(String mainFile, @Nullable Path main, Path base) {
  private static final String MERGED = "merge of ";

  /** A file and its line or lines, as the library describes an origin. */
  private static final Pattern LINE = Pattern.compile("(/.*): ([0-9]+)(?:-[0-9]+)?(?:,.*)?");

  private static final List<String> ENDINGS = List.of("", ".conf", ".json", ".properties");

  public static ConfigPlaces ofFile(Path given) {
    Path folder = given.getParent();
    return new ConfigPlaces(
        given.toString(), given.toAbsolutePath(), folder == null ? Path.of("") : folder);
  }

  public static ConfigPlaces ofText(Path base, String name) {
    return new ConfigPlaces(name, null, base);
  }

  /**
   * The file that a value is written in.
   *
   * @return null where it is written in none, or put together from several
   */
  private static @Nullable String file(ConfigOrigin origin) {
    return isMerged(origin) ? null : origin.filename();
  }

  /** The library names all origins of such a value in place of a file. */
  private static boolean isMerged(ConfigOrigin origin) {
    return origin.description().startsWith(MERGED);
  }

  /**
   * Where relative names start that are written here; those that several files or the environment
   * make start at the main file.
   */
  Path folder(ConfigOrigin origin) {
    String file = file(origin);
    if (file == null || Path.of(file).equals(main)) {
      return base;
    }
    Path folder = Path.of(file).getParent();
    return folder == null ? base : likeMain(folder);
  }

  /** Where a value stands; one from the environment has a description in place of a line. */
  ConfigLocation locate(ConfigOrigin origin, String path) {
    int line = Math.max(0, origin.lineNumber());
    String file = file(origin);
    if (file != null) {
      return new ConfigLocation(shown(Path.of(file)), line, path);
    }
    String where = origin.description();
    if (isMerged(origin)) {
      return locateMerged(where, path);
    }
    // The description ends with the line where there is one.
    String suffix = ": " + line;
    return new ConfigLocation(
        where.endsWith(suffix) ? where.substring(0, where.length() - suffix.length()) : where,
        line,
        path);
  }

  /** In the main file, where that is among the origins, else at the last of them. */
  private ConfigLocation locateMerged(String origins, String path) {
    Matcher inMain =
        Pattern.compile(
                "(?:^"
                    + MERGED
                    + "|,)"
                    + Pattern.quote(main == null ? mainFile : main.toString())
                    + ": ([0-9]+)")
            .matcher(origins);
    if (inMain.find()) {
      return new ConfigLocation(mainFile, Integer.parseInt(inMain.group(1)), path);
    }
    String last = origins.substring(Math.max(origins.lastIndexOf(",/") + 1, MERGED.length()));
    Matcher inFile = LINE.matcher(last);
    return inFile.matches()
        ? new ConfigLocation(
            shown(Path.of(inFile.group(1))), Integer.parseInt(inFile.group(2)), path)
        : new ConfigLocation(last, 0, path);
  }

  /** A file's name for people. */
  public String shown(Path file) {
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
  public static @Nullable Path included(Path folder, String name) {
    if (name.indexOf('\0') >= 0) {
      return null; // No file has such a name.
    }
    for (String ending : ENDINGS) {
      Path file = folder.resolve(name + ending);
      if (Files.isReadable(file) && !Files.isDirectory(file)) {
        return file;
      }
    }
    return null;
  }
}
