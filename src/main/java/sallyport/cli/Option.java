package sallyport.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An option of a command.
 *
 * @param names as they are typed, such as {@code -c} and {@code --config}; a short one stands first
 * @param value what its value is, such as {@code FILE}; null for a flag, which has none
 * @param defaultValue the value where the option is not given; null: none
 * @param description for the help
 */
public record Option(
    List<String> names, @Nullable String value, @Nullable String defaultValue, String description) {
  /** An option without a value. */
  public static Option flag(String description, String... names) {
    return new Option(List.of(names), null, null, description);
  }

  /** An option with a value, and none where it is not given. */
  public static Option valued(String value, String description, String... names) {
    return new Option(List.of(names), value, null, description);
  }

  /** The same with a value where it is not given. */
  public Option withDefault(String defaultValue) {
    return new Option(names, value, defaultValue, description);
  }

  /** The long name. */
  String name() {
    return names.getLast();
  }
}
