package sallyport.config.read;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.ConfigLocation;
import sallyport.values.DurationText;
import sallyport.values.SizeText;

/**
 * Typed reads from one object of the configuration. Each read names its key; {@link #finish}
 * reports keys that no read named. An invalid value is reported with its location, and a valid one
 * is returned in its place, so that reading goes on and finds further errors.
 */
public final class ConfigReader {
  /** The key that all settings stand below. */
  public static final String ROOT = "gateway";

  /**
   * Paths where secrets are written although they may not be: below the places that name one, and
   * in place of a key, of its file or of the object around it.
   */
  private static final Pattern SECRETS =
      Pattern.compile(
          "\\b(passphrase|pin|secrets|mac-key)\\b|\\b(key|key-id|external-account|pkcs11|pkcs12)$");

  /** The same in a line of text that cannot be read. */
  public static final Pattern SECRET_WORDS =
      Pattern.compile(
          "\\b(passphrase|pin|secrets|mac-key|key|key-id|external-account|pkcs11|pkcs12)\\b");

  private static final Pattern BARE =
      Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?");

  private static final Pattern SHARE = Pattern.compile("([0-9]{1,6})%");

  private record Share(int percent) {}

  private final Problems problems;
  private final String path;
  private final ConfigObject user;
  private final Config defaults;
  private final Config merged;
  private final Set<String> asked = new TreeSet<>();

  /**
   * @param path of this object, empty for the root
   * @param user what the user wrote
   * @param defaults what stands in where the user wrote nothing
   */
  public ConfigReader(Problems problems, String path, ConfigObject user, Config defaults) {
    this.problems = problems;
    this.path = path;
    this.user = user;
    this.defaults = defaults;
    this.merged = over(user, defaults);
  }

  /** Not by withFallback: an object that was null before would hide what stands in. */
  private static Config over(ConfigObject user, Config defaults) {
    ConfigObject merged = defaults.root();
    for (Map.Entry<String, ConfigValue> entry : user.entrySet()) {
      merged = merged.withValue(entry.getKey(), entry.getValue());
    }
    return merged.toConfig();
  }

  // ---- where things are

  /** Whether the user wrote this key. */
  public boolean has(String key) {
    asked.add(key);
    ConfigValue value = user.get(key);
    return value != null && value.valueType() != ConfigValueType.NULL;
  }

  /** Whether there is a value, written by the user or standing in. */
  public boolean isSet(String key) {
    asked.add(key);
    return merged.hasPath(expression(key));
  }

  /** Returns a reader of the same object, with values that stand in before those of this one. */
  public ConfigReader before(Config standsIn) {
    return new ConfigReader(problems, path, user, standsIn.withFallback(defaults));
  }

  /** Returns whether the user wrote an object at this key. */
  public boolean isObject(String key) {
    return has(key) && user.get(key) instanceof ConfigObject;
  }

  /** Returns the keys that the user wrote, in alphabetical order. */
  public Set<String> written() {
    return new TreeSet<>(user.keySet());
  }

  public ConfigLocation location() {
    return problems.locate(user.origin(), path);
  }

  public ConfigLocation location(String key) {
    ConfigValue value = user.get(key);
    ConfigOrigin origin = value == null ? user.origin() : value.origin();
    return problems.locate(origin, pathOf(key));
  }

  String pathOf(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  public void problem(String key, String text) {
    problems.add(location(key), text);
  }

  // ---- single values

  /** Returns a text that is not empty; an empty one stands in for what is wrong. */
  public String string(String key) {
    String text = anyText(key);
    ConfigValue written = user.get(key);
    if (text.isEmpty() && written != null && written.valueType() == ConfigValueType.STRING) {
      problem(key, "must not be empty");
    }
    return text;
  }

  public @Nullable String optionalString(String key) {
    return has(key) ? anyText(key) : null;
  }

  private String anyText(String key) {
    return value(key, "", () -> merged.getString(expression(key)));
  }

  public boolean bool(String key) {
    return value(key, false, () -> merged.getBoolean(expression(key)));
  }

  public int integer(String key, int min, int max) {
    int number = value(key, min, () -> merged.getInt(expression(key)));
    return inRange(key, number, min, max) ? number : min;
  }

  /** A part of one, such as {@code 0.33}. */
  public double fraction(String key, double min, double max) {
    double number = value(key, min, () -> merged.getDouble(expression(key)));
    if (number >= min && number <= max) {
      return number;
    }
    problem(key, "must be " + min + " to " + max + ", is " + number);
    return min;
  }

  /** A share in whole percent, such as {@code 20%}. */
  public int percent(String key, int min, int max) {
    int number = value(key, new Share(min), () -> share(expression(key))).percent();
    if (number < min || number > max) {
      problem(key, "must be " + min + "% to " + max + "%, is " + number + "%");
      return min;
    }
    return number;
  }

  private Share share(String at) {
    Matcher share = SHARE.matcher(merged.getString(at));
    if (!share.matches()) {
      throw new ConfigException.BadValue(at, "not a share");
    }
    return new Share(Integer.parseInt(share.group(1)));
  }

  /** A number of bytes with its unit, such as {@code 16KiB}; zero needs none. */
  public long bytes(String key, long min, long max) {
    if (lacksUnit(key, "B", "KiB, MiB, GiB")) {
      return min;
    }
    long number = value(key, min, () -> merged.getBytes(expression(key)));
    if (number < min || number > max) {
      problem(
          key,
          "must be %s to %s, is %s"
              .formatted(SizeText.of(min), SizeText.of(max), SizeText.of(number)));
      return min;
    }
    return number;
  }

  private boolean inRange(String key, long number, long min, long max) {
    if (number < min || number > max) {
      problem(key, "must be " + min + " to " + max + ", is " + number);
      return false;
    }
    return true;
  }

  /** A time with its unit, such as {@code 30s}; zero needs none. */
  public Duration duration(String key, Duration min, Duration max) {
    if (lacksUnit(key, "s", "ms, m, h, d")) {
      return min;
    }
    Duration time = value(key, min, () -> merged.getDuration(expression(key)));
    if (time.compareTo(min) < 0 || time.compareTo(max) > 0) {
      problem(key, "must be " + text(min) + " to " + text(max) + ", is " + text(time));
      return min;
    }
    return time;
  }

  /** A time with its unit within these bounds, or 0. */
  Duration durationOrZero(String key, Duration min, Duration max) {
    if (lacksUnit(key, "s", "ms, m, h, d")) {
      return min;
    }
    Duration time = value(key, min, () -> merged.getDuration(expression(key)));
    if (!time.isZero() && (time.compareTo(min) < 0 || time.compareTo(max) > 0)) {
      problem(key, "must be 0 or " + text(min) + " to " + text(max) + ", is " + text(time));
      return min;
    }
    return time;
  }

  /** A list of times with their units, each within these bounds; it may be empty. */
  public List<Duration> durations(String key, Duration min, Duration max) {
    if (lacksUnit(key, "s", "ms, m, h, d")) {
      return List.of(min);
    }
    List<Duration> times = value(key, List.of(min), () -> merged.getDurationList(expression(key)));
    for (Duration time : times) {
      if (time.compareTo(min) < 0 || time.compareTo(max) > 0) {
        problem(key, "each must be " + text(min) + " to " + text(max) + ", one is " + text(time));
      }
    }
    return times;
  }

  /**
   * Reports numbers without a unit, which HOCON takes for milliseconds and for bytes: one of them
   * is written down for seconds or for another unit sooner or later.
   */
  private boolean lacksUnit(String key, String unit, String others) {
    asked.add(key);
    if (!merged.hasPath(expression(key))) {
      return false;
    }
    ConfigValue value = merged.getValue(expression(key));
    List<?> numbers =
        value instanceof ConfigList list ? list.unwrapped() : List.of(value.unwrapped());
    boolean lacks = false;
    for (Object number : numbers) {
      String text = String.valueOf(number).strip();
      if (isBare(text)) {
        problem(
            key,
            "needs a unit, is '%s'; write %s%s, or %s in place of %s"
                .formatted(text, text, unit, others, unit));
        lacks = true;
      }
    }
    return lacks;
  }

  /** Whether a text is a number other than zero and nothing else. */
  private static boolean isBare(String text) {
    return BARE.matcher(text).matches() && Double.parseDouble(text) != 0;
  }

  private static String text(Duration time) {
    return DurationText.of(time, DurationText.Unit.values());
  }

  /** One of a few words; the first of the map stands in for a wrong one. */
  public <T> T choice(String key, Map<String, T> choices) {
    String word = string(key);
    T chosen = choices.get(word);
    if (chosen == null) {
      if (merged.hasPath(expression(key))) {
        problem(
            key,
            "must be one of "
                + String.join(", ", choices.keySet())
                + ", is "
                + SecretText.quoted(word));
      }
      return choices.values().iterator().next();
    }
    return chosen;
  }

  /** Any number of a few words, in any order. */
  public <T> Set<T> choices(String key, Map<String, T> choices) {
    Set<T> chosen = new LinkedHashSet<>();
    for (String word : strings(key)) {
      T choice = choices.get(word);
      if (choice == null) {
        problem(
            key,
            "must be some of "
                + String.join(", ", choices.keySet())
                + ", has "
                + SecretText.quoted(word));
      } else {
        chosen.add(choice);
      }
    }
    return Set.copyOf(chosen);
  }

  public List<String> strings(String key) {
    return value(key, List.of(), () -> merged.getStringList(expression(key)));
  }

  /**
   * A file that is there and can be read; relative names start in the folder of the file that they
   * are written in.
   */
  public Path file(String key) {
    return existing(key, string(key), folderOf(key));
  }

  /** Files as {@link #file} takes one. */
  public List<Path> files(String key) {
    List<String> names = strings(key);
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      files.add(existing(key, names.get(i), folderOf(key, i)));
    }
    return files;
  }

  private Path folderOf(String key, int element) {
    return user.get(key) instanceof ConfigList list && element < list.size()
        ? problems.folder(list.get(element).origin())
        : folderOf(key);
  }

  private Path folderOf(String key) {
    ConfigValue value = user.get(key);
    return problems.folder(value == null ? user.origin() : value.origin());
  }

  private Path existing(String key, String name, Path folder) {
    Path file = resolved(key, name, folder);
    if (file == null) {
      return folder;
    }
    if (name.isEmpty()) {
      return file;
    }
    if (!Files.isRegularFile(file) && isSecretPlace(key)) {
      problem(
          key,
          "there is no file of this name"
              + from(name, folder)
              + "; it is not shown, since it may be the secret");
    } else if (Files.isDirectory(file)) {
      problem(key, "'" + name + "' is a folder, not a file" + from(name, folder));
    } else if (!Files.isRegularFile(file)) {
      problem(key, "there is no file '" + name + "'" + from(name, folder));
    } else if (!Files.isReadable(file)) {
      problem(
          key,
          "the file '"
              + name
              + "' cannot be read"
              + from(name, folder)
              + "; look at its owner and mode");
    }
    return file;
  }

  /** The file of a name; null, with a problem, where the name may be a secret or is no name. */
  private @Nullable Path resolved(String key, String name, Path folder) {
    if (!SecretText.isLikely(name)) {
      try {
        return folder.resolve(name);
      } catch (InvalidPathException noName) {
        // Its message repeats it.
      }
    }
    problem(
        key,
        "must be the name of a file or a folder; the text is not shown, since it may be a secret:"
            + " put it into a file of its own, and replace it where it is in use");
    return null;
  }

  /** A folder that is there and can be read; relative names as for {@link #file}. */
  public Path folder(String key) {
    String name = string(key);
    Path base = folderOf(key);
    Path folder = resolved(key, name, base);
    if (folder == null) {
      return base;
    }
    if (!name.isEmpty() && !(Files.isDirectory(folder) && Files.isReadable(folder))) {
      problem(key, "there is no folder '" + name + "' that can be read" + from(name, base));
    }
    return folder;
  }

  /** A folder, which may not be there yet; relative names as for {@link #file}. */
  public Path futureFolder(String key) {
    String name = string(key);
    Path base = folderOf(key);
    Path folder = resolved(key, name, base);
    if (folder == null) {
      return base;
    }
    if (!name.isEmpty() && Files.exists(folder) && !Files.isDirectory(folder)) {
      problem(key, "'" + name + "' is not a folder");
    }
    return folder;
  }

  /** A file that a program makes, which may not be there yet; relative names as {@link #file}. */
  public Path futureFile(String key) {
    String name = string(key);
    Path base = folderOf(key);
    Path file = resolved(key, name, base);
    if (file == null) {
      return base;
    }
    if (!name.isEmpty() && Files.isDirectory(file)) {
      problem(key, "must be the name of a file, is " + SecretText.quoted(name));
    }
    return file;
  }

  /** Where a name was looked for, and what else it may have been meant for. */
  private static String from(String name, Path folder) {
    if (name.startsWith("~")) {
      return "; ~ is for shells: write the whole path";
    }
    if (name.contains("${")) {
      return "; ${NAME} is replaced outside of quotes only: write ${NAME}\"/FILE\"";
    }
    if (Path.of(name).isAbsolute()) {
      return "";
    }
    String from = " (from '" + folder.toAbsolutePath() + "')";
    return Files.exists(Path.of(name)) && !Files.exists(folder.resolve(name))
        ? from + "; it is in the working directory, but names start at the file they stand in"
        : from;
  }

  private <T> T value(String key, T standIn, Supplier<T> read) {
    asked.add(key);
    try {
      return read.get();
    } catch (ConfigException.Missing missing) {
      problem(key, "is missing");
    } catch (ConfigException.WrongType wrongType) {
      problem(key, "must be " + expected(standIn) + ", is " + describe(key));
    } catch (ConfigException.BadValue badValue) {
      problem(key, "must be " + expected(standIn) + ", is " + describe(key));
    }
    return standIn;
  }

  private static String expected(Object standIn) {
    return switch (standIn) {
      case Boolean b -> "true or false";
      case Integer i -> "a whole number";
      case Long l -> "a size such as 16KiB";
      case Double d -> "a number such as 0.5";
      case Share s -> "a share in whole percent such as 20%";
      case Duration d -> "a time such as 30s";
      case List<?> l when !l.isEmpty() -> "a list of times such as [ 30d, 7d ]";
      case List<?> l -> "a list of texts";
      default -> "a text";
    };
  }

  /** Whether what stands at this key may be a secret that was put there by mistake. */
  private boolean isSecretPlace(String key) {
    return SECRETS.matcher(pathOf(key)).find();
  }

  /** What a key has, for people; never what may be a secret. */
  private String describe(String key) {
    ConfigValue value = user.get(key);
    if (value == null) {
      return "something else";
    }
    if (isSecretPlace(key)) {
      return "something else, which is not shown here: take it out of the file, and replace it where"
          + " it is in use";
    }
    return switch (value.valueType()) {
      case OBJECT -> "an object";
      case LIST -> "a list";
      default -> SecretText.quoted(value.unwrapped());
    };
  }

  private static String expression(String key) {
    return ConfigUtil.joinPath(key);
  }

  // ---- objects

  /** The object below this key; empty, with its defaults, when the user wrote none. */
  public ConfigReader section(String key) {
    return section(
        key,
        defaults.hasPath(expression(key))
            ? defaults.getConfig(expression(key))
            : ConfigFactory.empty());
  }

  /** The same, with defaults that stand elsewhere. */
  public ConfigReader section(String key, Config below) {
    asked.add(key);
    ConfigValue value = user.get(key);
    if (value instanceof ConfigObject object) {
      return new ConfigReader(problems, pathOf(key), object, below);
    }
    if (value != null && value.valueType() != ConfigValueType.NULL) {
      problem(key, "must be an object, is " + describe(key) + Hints.forValue(key));
    }
    ConfigObject empty = ConfigFactory.empty().root().withOrigin(user.origin());
    return new ConfigReader(problems, pathOf(key), empty, below);
  }

  /** The object below this key; of a single value, one that has it as another key. */
  public ConfigReader sectionOrValue(String key, String only) {
    ConfigValue value = user.get(key);
    if (value == null
        || value instanceof ConfigObject
        || value.valueType() == ConfigValueType.NULL) {
      return section(key);
    }
    asked.add(key);
    ConfigObject one = ConfigFactory.empty().root().withOrigin(value.origin());
    return new ConfigReader(
        problems, pathOf(key), one.withValue(only, value), defaults.getConfig(expression(key)));
  }

  /** The keys that the user wrote, sorted. */
  public Set<String> names() {
    asked.addAll(user.keySet());
    return new TreeSet<>(user.keySet());
  }

  /** The objects in the list below this key. */
  public List<ConfigReader> sections(String key, Config template) {
    asked.add(key);
    List<ConfigReader> sections = new ArrayList<>();
    ConfigValue value = user.get(key);
    if (!(value instanceof ConfigList list)) {
      if (value != null) {
        problem(key, "must be a list of objects, is " + describe(key));
      }
      return sections;
    }
    for (int i = 0; i < list.size(); i++) {
      String at = pathOf(key) + "[" + i + "]";
      if (list.get(i) instanceof ConfigObject object) {
        sections.add(new ConfigReader(problems, at, object, template));
      } else {
        problems.add(problems.locate(list.get(i).origin(), at), "must be an object");
      }
    }
    return sections;
  }

  /** Entry of a list that may have texts and objects. */
  public sealed interface Entry {
    /** A text. */
    record Text(String text) implements Entry {}

    /** An object. */
    record Section(ConfigReader in) implements Entry {}
  }

  /**
   * The texts and the objects in the list below this key.
   *
   * @param template what stands in where an object leaves a key out
   */
  public List<Entry> entries(String key, Config template) {
    if (!(user.get(key) instanceof ConfigList list)) {
      return strings(key).stream().<Entry>map(Entry.Text::new).toList();
    }
    asked.add(key);
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      String at = pathOf(key) + "[" + i + "]";
      ConfigValue element = list.get(i);
      switch (element.valueType()) {
        case OBJECT ->
            entries.add(
                new Entry.Section(
                    new ConfigReader(problems, at, (ConfigObject) element, template)));
        case LIST, NULL ->
            problems.add(problems.locate(element.origin(), at), "must be a text or an object");
        case STRING, NUMBER, BOOLEAN ->
            entries.add(new Entry.Text(String.valueOf(element.unwrapped())));
      }
    }
    return entries;
  }

  /** The objects below this key by their names, in the order of the file. */
  public Map<String, ConfigReader> named(String key, Config template) {
    ConfigReader all = section(key);
    Map<String, ConfigReader> sections = new LinkedHashMap<>();
    all.user.entrySet().stream()
        .sorted(java.util.Comparator.comparingInt(entry -> entry.getValue().origin().lineNumber()))
        .forEach(
            entry -> {
              if (entry.getValue() instanceof ConfigObject object) {
                sections.put(
                    entry.getKey(),
                    new ConfigReader(problems, all.pathOf(entry.getKey()), object, template));
              } else {
                all.problem(entry.getKey(), "must be an object");
              }
            });
    return sections;
  }

  /** The texts below this key by their names. */
  public Map<String, String> texts(String key) {
    ConfigReader all = section(key);
    Map<String, String> texts = new LinkedHashMap<>();
    for (String name : new TreeSet<>(all.user.keySet())) {
      texts.put(name, all.anyText(name));
    }
    return texts;
  }

  /** Reports every key that the user wrote and no reader asked for. */
  public void finish() {
    for (String key : new TreeSet<>(user.keySet())) {
      if (!asked.contains(key)) {
        String hint = Hints.forKey(path, key);
        String near = hint == null ? Hints.nearest(key, asked) : null;
        if (hint == null && near == null && SECRETS.matcher(path).find()) {
          // A key of an object may be the secret as well.
          problems.add(
              new ConfigLocation(location(key).source(), location(key).line(), path),
              "has an unknown key, which is not shown, since it may be the secret; it may have "
                  + String.join(", ", asked));
        } else if (hint != null) {
          problem(key, hint);
        } else {
          problem(key, near == null ? "unknown key" : "unknown key; did you mean " + near + "?");
        }
      }
    }
  }
}
