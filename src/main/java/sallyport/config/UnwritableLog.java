package sallyport.config;

import java.util.LinkedHashMap;
import java.util.Map;

/** Behaviour while the lines of a log cannot be written; the strictest first. */
public enum UnwritableLog {
  /** It is not ready, and answers requests with 503. */
  STOP_SERVING,
  /** It is not ready, and serves those who come all the same. */
  NOT_READY,
  /** It serves, and counts the lines that are lost. */
  CONTINUE;

  /** The words for {@link #NOT_READY} and {@link #CONTINUE}. */
  static Map<String, UnwritableLog> forAccess() {
    Map<String, UnwritableLog> words = new LinkedHashMap<>();
    words.put("continue", CONTINUE);
    words.put("not-ready", NOT_READY);
    return words;
  }

  /** The words for all. */
  static Map<String, UnwritableLog> forAudit() {
    Map<String, UnwritableLog> words = forAccess();
    words.put("stop-serving", STOP_SERVING);
    return words;
  }
}
