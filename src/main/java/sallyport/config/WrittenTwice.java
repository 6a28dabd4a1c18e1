package sallyport.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.Outline.Kind;
import sallyport.config.Outline.Setting;

/**
 * Finds what is set twice, of which HOCON would take the last in silence: the rules stand in
 * decision 41.
 */
final class WrittenTwice {
  /** Sections whose keys are names of the user's own. */
  private static final Map<String, String> NAMED =
      Map.of("listeners", "listener", "backends", "backend", "acme", "account");

  private static final Set<Kind> SINGLE =
      EnumSet.of(Kind.SCALAR, Kind.REFERENCE, Kind.FALLBACK, Kind.EXTENDED);

  /**
   * One place where something is set.
   *
   * @param files the file, and those that include it, the innermost first
   */
  private record Place(List<Path> files, ConfigLocation location, Kind kind) {
    String shown() {
      return location.source() + ":" + location.line();
    }
  }

  private final Problems problems;
  private final Map<List<String>, List<Place>> places = new LinkedHashMap<>();

  WrittenTwice(Problems problems) {
    this.problems = problems;
  }

  /**
   * The next setting, in the order in which the library merges them.
   *
   * @param files the file, and those that include it, the innermost first
   * @param path from the root of all
   * @param location for problems
   */
  void set(List<Path> files, List<String> path, Setting setting, ConfigLocation location) {
    Place place = new Place(files, location, setting.kind());
    switch (setting.kind()) {
      case NULL -> forget(path);
      case ADDED, FALLBACK, EXTENDED -> add(path, place);
      case SCALAR, LIST -> {
        Place first = firstBelow(path);
        if (first != null && !overrides(path, place)) {
          problems.add(
              location,
              setAgain(first) + (setting.kind() == Kind.LIST ? "; += adds to a list" : ""));
        }
        forget(path);
        add(path, place);
      }
      case REFERENCE, OBJECT -> {
        Place first = replaced(path, setting.kind());
        if (first != null) {
          if (!overrides(path, place)) {
            problems.add(location, setAgain(first));
          }
          forget(path);
        } else {
          named(path, location);
        }
        add(path, place);
      }
    }
    above(path, location);
  }

  private static String setAgain(Place first) {
    return "is set twice, first at " + first.shown() + "; only the last would count: remove one";
  }

  private void named(List<String> path, ConfigLocation location) {
    String kind =
        path.size() == 3 && path.getFirst().equals(GatewayReader.ROOT)
            ? NAMED.get(path.get(1))
            : null;
    if (kind != null) {
      for (Place earlier : places.getOrDefault(path, List.of())) {
        if (earlier.kind() == Kind.OBJECT || earlier.kind() == Kind.REFERENCE) {
          problems.add(
              location,
              "there is a %s of this name already, at %s; rename or remove one, or write %s.KEY = VALUE to change single keys of it"
                  .formatted(kind, earlier.shown(), location.path()));
          forget(path); // The rest of it need not be told of as well.
          return;
        }
      }
    }
  }

  /** A scalar that a file includes may be set anew by it, which is what such files are for. */
  private boolean overrides(List<String> path, Place later) {
    List<Place> earlier = places.getOrDefault(path, List.of());
    return SINGLE.contains(later.kind())
        && !earlier.isEmpty()
        && earlier.stream()
            .allMatch(
                place ->
                    SINGLE.contains(place.kind())
                        && place.files().indexOf(later.files().getFirst()) > 0);
  }

  /** What a value at this path would replace. */
  private @Nullable Place firstBelow(List<String> path) {
    for (Map.Entry<List<String>, List<Place>> each : places.entrySet()) {
      if (startsWith(each.getKey(), path) && !each.getValue().isEmpty()) {
        return each.getValue().getFirst();
      }
    }
    return null;
  }

  /** What is no object at this path, and an object would replace. */
  private @Nullable Place replaced(List<String> path, Kind by) {
    for (Place earlier : places.getOrDefault(path, List.of())) {
      boolean single = earlier.kind() == Kind.SCALAR || earlier.kind() == Kind.LIST;
      if (single || (by == Kind.REFERENCE && earlier.kind() == Kind.REFERENCE)) {
        return earlier;
      }
    }
    return null;
  }

  /** A value above this path is replaced by the object that this path makes of it. */
  private void above(List<String> path, ConfigLocation location) {
    for (int length = 1; length < path.size(); length++) {
      if (Outline.isStep(path.get(length))) {
        continue;
      }
      List<String> prefix = path.subList(0, length);
      Place earlier = replaced(prefix, Kind.OBJECT);
      if (earlier != null) {
        problems.add(
            location,
            "%s has a value already, at %s, which this would replace: remove one"
                .formatted(earlier.location().path(), earlier.shown()));
        forget(List.copyOf(prefix));
        return;
      }
    }
  }

  private void add(List<String> path, Place place) {
    places.computeIfAbsent(List.copyOf(path), none -> new ArrayList<>()).add(place);
  }

  private void forget(List<String> path) {
    places.keySet().removeIf(each -> startsWith(each, path));
  }

  private static boolean startsWith(List<String> path, List<String> prefix) {
    return path.size() >= prefix.size() && path.subList(0, prefix.size()).equals(prefix);
  }
}
