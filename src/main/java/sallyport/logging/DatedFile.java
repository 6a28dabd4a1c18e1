package sallyport.logging;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;

/** Name of a file in which {@code %d} stands for the day, such as {@code audit.%d.jsonl}. */
final class DatedFile {
  private static final String DAY = "%d";

  private final String name;

  DatedFile(String name) {
    this.name = name;
  }

  /**
   * Returns the file of a day.
   *
   * @param day since 1970, in UTC
   */
  Path on(long day) {
    return Path.of(name.replace(DAY, LocalDate.ofEpochDay(day).toString()));
  }

  /** Removes the files of the days before this one; what cannot be removed stays. */
  void removeBefore(long day) throws IOException {
    Path pattern = Path.of(name).toAbsolutePath();
    String file = String.valueOf(pattern.getFileName());
    int at = file.indexOf(DAY);
    Path folder = pattern.getParent();
    if (at < 0 || folder == null) {
      return;
    }
    String end = file.substring(at + DAY.length());
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path each : files) {
        String found = String.valueOf(each.getFileName());
        if (found.length() > at + end.length()
            && found.startsWith(file.substring(0, at))
            && found.endsWith(end)
            && isBefore(found.substring(at, found.length() - end.length()), day)) {
          Files.deleteIfExists(each);
        }
      }
    }
  }

  private static boolean isBefore(String text, long day) {
    try {
      return LocalDate.parse(text).toEpochDay() < day;
    } catch (DateTimeParseException anotherFile) {
      return false;
    }
  }
}
