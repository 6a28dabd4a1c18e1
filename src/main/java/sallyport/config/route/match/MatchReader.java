package sallyport.config.route.match;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import sallyport.config.read.ConfigReader;

/** Reader of the conditions of a route. */
public final class MatchReader {
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private MatchReader() {}

  /** Reads a section. */
  public static MatchConfig read(ConfigReader in) {
    Set<String> methods = new LinkedHashSet<>();
    for (String method : in.strings("methods")) {
      // RFC 9110 section 9.1: methods are case-sensitive.
      if (!TOKEN.matcher(method).matches() || !method.equals(method.toUpperCase(Locale.ROOT))) {
        in.problem("methods", "must be methods such as GET, is '" + method + "'");
      }
      methods.add(method);
    }
    Map<String, String> headers = new LinkedHashMap<>();
    in.texts("headers")
        .forEach(
            (name, value) -> {
              if (!TOKEN.matcher(name).matches()) {
                in.problem("headers", name + ": is not a field name");
              } else if (name.equalsIgnoreCase("host")) {
                in.problem("headers", name + ": is matched by host of the route");
              }
              headers.put(name.toLowerCase(Locale.ROOT), value);
            });
    MatchConfig match =
        new MatchConfig(Set.copyOf(methods), Map.copyOf(headers), Map.copyOf(in.texts("query")));
    in.finish();
    return match;
  }
}
