package sallyport.route;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.match.MatchConfig;

/**
 * Conditions of a route. What comes more than once has no value that could be matched: two servers
 * could take different ones.
 */
final class RouteConditions {
  private RouteConditions() {}

  /** Returns whether all of them hold. */
  static boolean hold(MatchConfig match, RouteRequest request) {
    if (match.isEmpty()) {
      return true;
    }
    if (!match.methods().isEmpty() && !match.methods().contains(request.method())) {
      return false;
    }
    for (Map.Entry<String, String> header : match.headers().entrySet()) {
      if (!holds(header.getValue(), request.header(header.getKey()))) {
        return false;
      }
    }
    for (Map.Entry<String, String> parameter : match.query().entrySet()) {
      if (!holds(parameter.getValue(), parameter(request.query(), parameter.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static boolean holds(String expected, List<String> values) {
    return expected.equals(MatchConfig.ANY)
        ? !values.isEmpty()
        : values.size() == 1 && values.getFirst().equals(expected);
  }

  /** Returns the values of a parameter, decoded as a form is (URL Standard, section 5.1). */
  private static List<String> parameter(@Nullable String query, String name) {
    List<String> values = new ArrayList<>(1);
    if (query != null) {
      for (String pair : query.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (decoded(equals < 0 ? pair : pair.substring(0, equals)).equals(name)) {
          values.add(equals < 0 ? "" : decoded(pair.substring(equals + 1)));
        }
      }
    }
    return values;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException broken) {
      return text;
    }
  }
}
