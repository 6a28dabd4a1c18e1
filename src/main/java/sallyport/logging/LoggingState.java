package sallyport.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.Context;
import ch.qos.logback.core.status.Status;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Shared state of the appenders of one logging context: those that write, and the number of lost
 * lines. Any thread.
 */
public final class LoggingState {
  /** Appender that was started and not stopped. Any thread may call. */
  interface Writer {
    /** Opens files again, soon. */
    void reopen();

    /** Begins to stop, without waiting. */
    void beginStop();
  }

  private static final String KEY = LoggingState.class.getName();

  private static volatile boolean used;

  private final Map<Log, AtomicLong> lost = new EnumMap<>(Log.class);
  private final List<Writer> writers = new CopyOnWriteArrayList<>();

  private LoggingState() {
    for (Log log : Log.values()) {
      lost.put(log, new AtomicLong());
    }
  }

  /** Returns whether any context of this process has been asked for. */
  public static boolean isUsed() {
    return used;
  }

  public static LoggingState of(Context context) {
    used = true;
    synchronized (context) {
      LoggingState state = (LoggingState) context.getObject(KEY);
      if (state == null) {
        state = new LoggingState();
        context.putObject(KEY, state);
      }
      return state;
    }
  }

  /** Counts lines that were not written and will not be. */
  void lose(Log log, long lines) {
    Objects.requireNonNull(lost.get(log)).addAndGet(lines);
  }

  long lost(Log log) {
    return Objects.requireNonNull(lost.get(log)).get();
  }

  /** Adds an appender that has started. */
  void add(Writer writer) {
    writers.add(writer);
  }

  /** Removes an appender that stops. */
  void remove(Writer writer) {
    writers.remove(writer);
  }

  /** Opens the files of all appenders again, soon. */
  public void reopen() {
    writers.forEach(Writer::reopen);
  }

  /** Begins to stop all appenders, without waiting: several then stop in the time of one. */
  public void beginStop() {
    writers.forEach(Writer::beginStop);
  }

  /**
   * Returns the errors that Logback noted while it read a configuration.
   *
   * @param file named at the beginning of each line
   */
  public static List<String> problems(LoggerContext context, String file) {
    return context.getStatusManager().getCopyOfStatusList().stream()
        .filter(status -> status.getLevel() == Status.ERROR)
        .map(status -> file + ": " + text(status))
        .distinct()
        .toList();
  }

  private static String text(Status status) {
    Throwable cause = status.getThrowable();
    return status.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
  }
}
