package sallyport.config.route.split;

import java.util.Collections;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Words;
import sallyport.values.Tokens;

/** Reader of the shares of backends. */
public final class SplitReader {
  private static final int MAX_WEIGHT = 1000;

  private SplitReader() {}

  /** Reads {@code backends} and {@code split} of a route. */
  public static SplitConfig read(ConfigReader route) {
    ConfigReader backends = route.section("backends");
    SortedMap<String, Integer> weights = new TreeMap<>();
    for (String backend : backends.names()) {
      weights.put(backend, backends.integer(backend, 0, MAX_WEIGHT));
    }
    if (backends.names().stream().allMatch(name -> backends.string(name).equals("0"))) {
      route.problem("backends", "needs a backend with a weight above 0, such as { a = 95, b = 5 }");
    }
    ConfigReader in = route.section("split");
    SplitConfig.Key key = key(in);
    @Nullable String name = in.optionalString("name");
    boolean named = key == SplitConfig.Key.COOKIE || key == SplitConfig.Key.HEADER;
    if (named && (name == null || !Tokens.isToken(name))) {
      in.problem("key", "needs the name of the " + key.name().toLowerCase(Locale.ROOT));
    } else if (!named && name != null) {
      in.problem("name", "needs key = cookie or key = header");
    }
    in.finish();
    return new SplitConfig(
        Collections.unmodifiableSortedMap(weights),
        key,
        name != null && key == SplitConfig.Key.HEADER ? name.toLowerCase(Locale.ROOT) : name);
  }

  private static SplitConfig.Key key(ConfigReader split) {
    return split.choice("key", Words.of(SplitConfig.Key.values()));
  }

  /** Reads {@code split} of a route that has one backend, where it has no effect. */
  public static void unused(ConfigReader route) {
    ConfigReader in = route.section("split");
    if (key(in) != SplitConfig.Key.REQUEST || in.has("name")) {
      route.problem("split", "needs backends: their weights by name");
    }
    in.finish();
  }
}
