package sallyport.config.files;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.files.Outline.Kind;
import sallyport.config.files.Outline.Setting;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Problems;

/**
 * Finder of settings that are written twice, of which HOCON silently takes the last. Decision 41
 * has the rules.
 */
public final class WrittenTwice {
  /** Sections whose keys are names of the user's own. */
  private static final Map<String, String> NAMED =
      Map.of("listeners", "listener", "backends", "backend", "acme", "account");

  private static final Set<Kind> SINGLE =
      EnumSet.of(Kind.SCALAR, Kind.REFERENCE, Kind.FALLBACK, Kind.EXTENDED);

  /**
   * One place where something is set.
   *
   * @param number in the order of all
   * @param files the file, and those that include it, the innermost first
   */
  private record Place(int number, List<Path> files, ConfigLocation location, Kind kind) {
    String shown() {
      return location.source() + ":" + location.line();
    }
  }

  /** Settings at one path, and below it. */
  private static final class Node {
    final List<Place> places = new ArrayList<>();

    /** The first of each kind. */
    final Map<Kind, Place> first = new EnumMap<>(Kind.class);

    final Map<String, Node> below = new HashMap<>();
  }

  private final Problems problems;
  private final Node root = new Node();
  private int count;

  public WrittenTwice(Problems problems) {
    this.problems = problems;
  }

  /**
   * The next setting, in the order in which the library merges them.
   *
   * @param files the file, and those that include it, the innermost first
   * @param location for problems
   */
  void set(List<Path> files, Setting setting, ConfigLocation location) {
    List<String> path = setting.path();
    Place place = new Place(count++, files, location, setting.kind());
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
        Place first = replaced(at(path), setting.kind());
        if (first != null) {
          if (!overrides(path, place)) {
            problems.add(location, setAgain(first));
          }
          forget(path);
        } else {
          named(path, place);
        }
        add(path, place);
      }
    }
    above(path, location);
  }

  private static String setAgain(Place first) {
    return "is set twice, first at " + first.shown() + "; only the last would count: remove one";
  }

  private void named(List<String> path, Place later) {
    String kind =
        path.size() == 3 && path.getFirst().equals(ConfigReader.ROOT)
            ? NAMED.get(path.get(1))
            : null;
    if (kind != null) {
      Place earlier = first(at(path), Kind.OBJECT, Kind.REFERENCE);
      if (earlier != null && !(earlier.kind() == Kind.REFERENCE && isSameFile(earlier, later))) {
        problems.add(
            later.location(),
            "there is a %s of this name already, at %s; rename or remove one, or write %s.KEY = VALUE to change single keys of it"
                .formatted(kind, earlier.shown(), later.location().path()));
        forget(path); // The rest of it need not be told of as well.
      }
    }
  }

  /** In one file an object behind {@code NAME = ${OTHER}} is a change of it, and plain to see. */
  private static boolean isSameFile(Place one, Place other) {
    return one.files().getFirst().equals(other.files().getFirst());
  }

  /** A scalar that a file includes may be set again by it: included files are for that. */
  private boolean overrides(List<String> path, Place later) {
    Node node = at(path);
    return node != null
        && SINGLE.contains(later.kind())
        && !node.places.isEmpty()
        && node.places.stream()
            .allMatch(
                place ->
                    SINGLE.contains(place.kind())
                        && place.files().indexOf(later.files().getFirst()) > 0);
  }

  /** What a value at this path would replace; it is forgotten then, so all is walked once. */
  private @Nullable Place firstBelow(List<String> path) {
    return firstIn(at(path));
  }

  private static @Nullable Place firstIn(@Nullable Node node) {
    if (node == null) {
      return null;
    }
    Place first = node.places.isEmpty() ? null : node.places.getFirst();
    for (Node each : node.below.values()) {
      first = earlier(first, firstIn(each));
    }
    return first;
  }

  /** What is no object at this path, and an object would replace. */
  private static @Nullable Place replaced(@Nullable Node node, Kind by) {
    return by == Kind.REFERENCE
        ? first(node, Kind.SCALAR, Kind.LIST, Kind.REFERENCE)
        : first(node, Kind.SCALAR, Kind.LIST);
  }

  /** The first of these kinds at a path. */
  private static @Nullable Place first(@Nullable Node node, Kind... kinds) {
    Place first = null;
    if (node != null) {
      for (Kind kind : kinds) {
        first = earlier(first, node.first.get(kind));
      }
    }
    return first;
  }

  private static @Nullable Place earlier(@Nullable Place one, @Nullable Place other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.number() < other.number() ? one : other;
  }

  /** A value above this path is replaced by the object that this path makes of it. */
  private void above(List<String> path, ConfigLocation location) {
    Node node = root;
    for (int length = 1; length < path.size(); length++) {
      node = node.below.get(path.get(length - 1));
      if (node == null) {
        return;
      }
      if (Outline.isStep(path.get(length))) {
        continue;
      }
      Place earlier = replaced(node, Kind.OBJECT);
      if (earlier != null) {
        problems.add(
            location,
            "%s has a value already, at %s, which this would replace: remove one"
                .formatted(earlier.location().path(), earlier.shown()));
        forget(path.subList(0, length));
        return;
      }
    }
  }

  private @Nullable Node at(List<String> path) {
    Node node = root;
    for (String name : path) {
      node = node.below.get(name);
      if (node == null) {
        return null;
      }
    }
    return node;
  }

  private void add(List<String> path, Place place) {
    Node node = root;
    for (String name : path) {
      node = node.below.computeIfAbsent(name, none -> new Node());
    }
    node.places.add(place);
    node.first.putIfAbsent(place.kind(), place);
  }

  private void forget(List<String> path) {
    Node parent = at(path.subList(0, path.size() - 1));
    if (parent != null) {
      parent.below.remove(path.getLast());
    }
  }
}
