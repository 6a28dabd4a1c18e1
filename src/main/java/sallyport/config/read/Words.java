package sallyport.config.read;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Words by which a configuration names the constants of an enum. */
public final class Words {
  private Words() {}

  /** Returns the constants by their names in lower case, with dashes. */
  public static <E extends Enum<E>> Map<String, E> of(E[] values) {
    Map<String, E> words = new LinkedHashMap<>();
    for (E value : values) {
      words.put(value.name().toLowerCase(Locale.ROOT).replace('_', '-'), value);
    }
    return words;
  }
}
