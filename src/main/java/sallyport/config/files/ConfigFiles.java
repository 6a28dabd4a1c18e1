package sallyport.config.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.files.Outline.Include;
import sallyport.config.files.Outline.Item;
import sallyport.config.files.Outline.Setting;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.read.ConfigPlaces;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Problems;

/**
 * Files of a configuration, in the order in which they are included. Finds missing includes and
 * settings that are written twice.
 */
public final class ConfigFiles {
  /** Problem of a line that the search for what is set twice ends at. */
  public static final String NOT_SEARCHED =
      "this line ends the search for what is set twice, though it is valid: write it in a plainer"
          + " way";

  private final ConfigPlaces places;
  private final Problems missing;
  private final @Nullable WrittenTwice twice;
  private final List<ConfigLocation> stops = new ArrayList<>();
  private int steps;

  /**
   * @param missing takes a problem for each include that cannot be read
   * @param twice is told of each setting; null where that is not asked for
   */
  public ConfigFiles(ConfigPlaces places, Problems missing, @Nullable WrittenTwice twice) {
    this.places = places;
    this.missing = missing;
    this.twice = twice;
  }

  /**
   * Reads the outline of a text and of all that it includes.
   *
   * @param file it stands in, absolute; null for none
   */
  public void look(@Nullable Path file, String text) {
    look(file == null ? List.of() : List.of(file), text, List.of());
  }

  /**
   * Where the search in a file ended before the file did; the library reads on, or says why not.
   */
  public List<ConfigLocation> stops() {
    return List.copyOf(stops);
  }

  private void look(List<Path> files, String text, List<String> prefix) {
    Outline outline = OutlineScanner.scan(text, prefix, () -> steps++);
    for (Item item : outline.items()) {
      switch (item) {
        case Setting setting -> {
          if (twice != null) {
            String shown = Outline.shown(setting.path());
            twice.set(files, setting, at(files, setting.line(), shown));
          }
        }
        case Include include -> include(files, include);
      }
    }
    if (outline.stopped() > 0) {
      stops.add(at(files, outline.stopped(), "syntax"));
    }
  }

  private void include(List<Path> files, Include include) {
    ConfigLocation location = at(files, include.line(), "include");
    if (!include.local()) {
      missing.add(
          location,
          "'%s' is a URL or on the class path; only files are included".formatted(include.name()));
      return;
    }
    Path parent = files.isEmpty() ? null : files.getFirst().getParent();
    Path folder = parent == null ? places.base().toAbsolutePath() : parent;
    Path file = ConfigPlaces.included(folder, include.name());
    if (file == null) {
      missing.add(location, whyNot(folder, include.name()));
    } else if (files.stream().anyMatch(outer -> isSame(outer, file))) {
      missing.add(location, "'" + include.name() + "' includes itself");
    } else if (!file.toString().endsWith(".properties")) {
      List<Path> inner = new ArrayList<>(List.of(file));
      inner.addAll(files);
      try {
        look(inner, read(file), include.path());
      } catch (IOException unreadable) {
        missing.add(location, "'" + include.name() + "' cannot be read: " + reason(unreadable));
      }
    }
  }

  private static String whyNot(Path folder, String name) {
    if (name.indexOf('\0') >= 0) {
      return "must be the name of a file";
    }
    Path file = folder.resolve(name);
    if (Files.isDirectory(file)) {
      return "'" + name + "' is a folder; name each of its files";
    }
    if (Files.exists(file)) {
      return "the file '" + name + "' cannot be read; look at its owner and mode";
    }
    return "there is no file '"
        + name
        + "'"
        + (file.equals(Path.of(name)) ? "" : " in '" + folder + "'");
  }

  private static boolean isSame(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException cannotTell) {
      return one.equals(other);
    }
  }

  private ConfigLocation at(List<Path> files, int line, String path) {
    String file = files.isEmpty() ? places.mainFile() : places.shown(files.getFirst());
    String below = ConfigReader.ROOT + ".";
    return new ConfigLocation(
        file, line, path.startsWith(below) ? path.substring(below.length()) : path);
  }

  /** As the library reads it: what is not UTF-8 is replaced. */
  static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
