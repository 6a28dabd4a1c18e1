package sallyport.config.problem;

import org.jspecify.annotations.Nullable;

/**
 * Where a value stands, so that a fault found later (a key that does not fit, say) can still be
 * reported as {@code FILE:LINE: path: what is wrong}.
 *
 * <p>Any two are equal, so that two records of settings are equal when they say the same: a comment
 * that was put above a backend makes no other backend of it.
 *
 * @param source the file's name as given, or a description of the origin where there is no file
 * @param line 1 or more; 0 when unknown
 * @param path the configuration path, such as {@code listeners.https.tls.certificates[0].key}
 */
public record ConfigLocation(String source, int line, String path) {
  /** This place with a problem: {@code FILE:LINE: path: text}. */
  public String problem(String text) {
    return place() + ": " + text;
  }

  /** This place: {@code FILE:LINE: path}. */
  public String place() {
    return (line > 0 ? source + ":" + line : source) + ": " + path;
  }

  /** The place of a key below this one, on the same line. */
  public ConfigLocation child(String key) {
    return new ConfigLocation(source, line, path + "." + key);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ConfigLocation;
  }

  @Override
  public int hashCode() {
    return 0;
  }
}
