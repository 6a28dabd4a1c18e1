package sallyport.config.files;

import java.util.List;

/**
 * Settings and includes of one HOCON file, as written. The library merges settings that are written
 * twice while it parses, and does not report them.
 *
 * @param items in the order of the file
 * @param stopped the line from which on nothing could be read; 0 where the file was read whole
 */
record Outline(List<Item> items, int stopped) {
  /** A setting or an include. */
  sealed interface Item {
    /** 1 or more. */
    int line();
  }

  /**
   * A key with its value.
   *
   * @param path from the root of all files; a step of a list has a name of its own ({@link
   *     #isStep})
   */
  record Setting(List<String> path, Kind kind, int line) implements Item {}

  /**
   * An include.
   *
   * @param path of the object that it stands in, from the root of all files
   * @param name as written
   * @param local false for a URL and for the class path
   */
  record Include(List<String> path, String name, boolean local, int line) implements Item {}

  /** Kind of a value, as far as its text shows it. */
  enum Kind {
    /** A text, a number or a name. */
    SCALAR,
    /** A list. */
    LIST,
    /** An object, alone or with what it is made from. */
    OBJECT,
    /** {@code null}: what was set before is gone. */
    NULL,
    /** {@code += VALUE}. */
    ADDED,
    /**
     * {@code ${?NAME}} alone, or several without blanks: what was set before, where no name has a
     * value.
     */
    FALLBACK,
    /** {@code ${NAME}} alone, or several: a value of any kind. */
    REFERENCE,
    /** A value that is made from what was set before under the same name. */
    EXTENDED
  }

  private static final char STEP = '\0';

  /** The name of an element of a list, different from all others. */
  static String step(int unique, String shown) {
    return STEP + Integer.toString(unique) + shown;
  }

  static boolean isStep(String name) {
    return name.indexOf(STEP) == 0;
  }

  /** A path as problems show it: {@code routes[1].backend}. */
  static String shown(List<String> path) {
    StringBuilder shown = new StringBuilder();
    for (String name : path) {
      if (isStep(name)) {
        shown.append(name.substring(name.indexOf('[')));
      } else {
        shown.append(shown.isEmpty() ? "" : ".").append(name);
      }
    }
    return shown.toString();
  }
}
