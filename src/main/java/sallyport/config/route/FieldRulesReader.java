package sallyport.config.route;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;

/** Reader of changes of header fields. */
final class FieldRulesReader {
  private FieldRulesReader() {}

  static FieldRulesConfig ofRequests(ConfigReader in) {
    return read(in, FieldNames::problemInRequest);
  }

  static FieldRulesConfig ofResponses(ConfigReader in) {
    return read(in, FieldNames::problemInResponse);
  }

  /**
   * @param check returns the problem of a name and a value; null for none
   */
  private static FieldRulesConfig read(ConfigReader in, Check check) {
    List<String> remove = new ArrayList<>();
    for (String name : in.strings("remove")) {
      String lower = name.toLowerCase(Locale.ROOT);
      String problem = check.problem(lower, "");
      if (problem == null) {
        remove.add(lower);
      } else {
        in.problem("remove", name + ": " + problem);
      }
    }
    FieldRulesConfig rules =
        new FieldRulesConfig(
            List.copyOf(remove), values(in, "set", check), values(in, "add", check));
    for (String name : rules.add().keySet()) {
      if (rules.set().containsKey(name)) {
        in.problem("add", name + ": stands in set, too");
      }
    }
    for (String name : rules.remove()) {
      if (rules.set().containsKey(name)) {
        in.problem("remove", name + ": stands in set, which takes the place of all values");
      }
    }
    in.finish();
    return rules;
  }

  private static Map<String, String> values(ConfigReader in, String key, Check check) {
    Map<String, String> values = new LinkedHashMap<>();
    in.texts(key)
        .forEach(
            (name, value) -> {
              String lower = name.toLowerCase(Locale.ROOT);
              String problem = check.problem(lower, value);
              if (problem != null) {
                in.problem(key, name + ": " + problem);
              } else if (value.isEmpty()) {
                in.problem(key, name + ": needs a value; remove takes a field away");
              } else {
                values.put(lower, value);
              }
            });
    return Map.copyOf(values);
  }

  /** Check of a name and a value. */
  private interface Check {
    @Nullable String problem(String name, String value);
  }
}
