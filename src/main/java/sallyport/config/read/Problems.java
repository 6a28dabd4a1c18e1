package sallyport.config.read;

import com.typesafe.config.ConfigOrigin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import sallyport.config.problem.ConfigLocation;

/** Problems that were found while reading, in the order of the file. */
public final class Problems {
  private record Problem(ConfigLocation location, String text) {}

  private final ConfigPlaces places;
  private final List<Problem> problems = new ArrayList<>();

  public Problems(ConfigPlaces places) {
    this.places = places;
  }

  public String mainFile() {
    return places.mainFile();
  }

  /** Where relative names start that are written here. */
  Path folder(ConfigOrigin origin) {
    return places.folder(origin);
  }

  public void add(ConfigLocation location, String text) {
    problems.add(new Problem(location, text));
  }

  public boolean isEmpty() {
    return problems.isEmpty();
  }

  /** Where a value stands. */
  public ConfigLocation locate(ConfigOrigin origin, String path) {
    return places.locate(origin, path);
  }

  public List<String> lines() {
    return problems.stream()
        .sorted(
            Comparator.comparing((Problem p) -> !p.location().source().equals(mainFile()))
                .thenComparing(p -> p.location().source())
                .thenComparingInt(p -> p.location().line()))
        .map(p -> p.location().problem(p.text()))
        .distinct()
        .toList();
  }
}
