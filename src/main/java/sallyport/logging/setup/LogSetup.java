package sallyport.logging.setup;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import sallyport.logging.BatchingAppender;
import sallyport.logging.Log;

/**
 * Set-up of one log by a Logback configuration.
 *
 * @param written whether its logger lets its lines through
 * @param problems what keeps its lines from being written; empty where nothing does
 * @param waits appenders that make threads wait or lose lines uncounted: all but {@link
 *     BatchingAppender}
 * @param files that its lines go to today; they need not exist
 */
public record LogSetup(
    boolean written, List<String> problems, List<String> waits, List<Path> files) {
  /** Returns the set-up of every log without a Logback configuration: to stderr, and to no file. */
  public static Map<Log, LogSetup> toStderr() {
    Map<Log, LogSetup> setups = new EnumMap<>(Log.class);
    for (Log log : Log.values()) {
      setups.put(log, new LogSetup(/* written= */ true, List.of(), List.of(), List.of()));
    }
    return setups;
  }
}
