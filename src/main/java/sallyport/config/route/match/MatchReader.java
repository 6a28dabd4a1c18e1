package sallyport.config.route.match;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import sallyport.config.read.ConfigReader;
import sallyport.values.Tokens;

/** Reader of the conditions of a route. */
public final class MatchReader {
  private MatchReader() {}

  /** Reads a section. */
  public static MatchConfig read(ConfigReader in) {
    Set<String> methods = new LinkedHashSet<>();
    for (String method : in.strings("methods")) {
      // RFC 9110 section 9.1: methods are case-sensitive.
      if (!Tokens.isToken(method) || !method.equals(method.toUpperCase(Locale.ROOT))) {
        in.problem("methods", "must be methods such as GET, is '" + method + "'");
      }
      methods.add(method);
    }
    Map<String, String> headers = new LinkedHashMap<>();
    in.texts("headers")
        .forEach(
            (name, value) -> {
              if (!Tokens.isToken(name)) {
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
