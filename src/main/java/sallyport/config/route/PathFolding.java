package sallyport.config.route;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Change that a backend may make to a path before it looks up its owner. */
public enum PathFolding {
  /** {@code //admin}: nginx and Apache merge slashes, Tomcat and Spring drop empty segments. */
  EMPTY_SEGMENTS,
  /** {@code /admin;a=1}, also as {@code %3B}: servlet containers drop path parameters. */
  PARAMETERS,
  /** {@code /ADMIN}: IIS, Express, and all servers of files of Windows or macOS. */
  CASE,
  /** {@code /admin.}, {@code /admin%20}, {@code /admin::$DATA}: Windows drops them from names. */
  TRAILING_DOTS,
  /**
   * {@code /%2561dmin}: decoded more than once; {@code %u0061}, overlong UTF-8, letters of another
   * width, and a question mark that becomes one again.
   */
  LOOSE_DECODING;

  /** As the configuration writes it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Map<String, PathFolding> words() {
    return Arrays.stream(values())
        .collect(
            Collectors.toMap(
                PathFolding::word, folding -> folding, (a, b) -> a, LinkedHashMap::new));
  }
}
