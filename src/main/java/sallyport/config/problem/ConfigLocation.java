package sallyport.config.problem;

/**
 * Place of a value, so that a fault found later (a key that does not fit, for example) is reported
 * as {@code FILE:LINE: path: what is wrong}.
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
}
