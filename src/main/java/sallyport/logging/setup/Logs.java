package sallyport.logging.setup;

import ch.qos.logback.classic.LoggerContext;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.LoggerFactory;
import sallyport.logging.Log;
import sallyport.logging.LogStatus;
import sallyport.logging.LoggingState;

/** Logging system as a whole. Any thread. */
public final class Logs {
  private Logs() {}

  // ---- how it is set up

  /**
   * Returns the problems of the logging configuration, such as a file that cannot be opened, as of
   * the time when the process began to log; empty without a logging system of ours.
   */
  public static List<String> problems() {
    return AtStart.PROBLEMS;
  }

  private static final class AtStart {
    static final List<String> PROBLEMS =
        LoggerFactory.getILoggerFactory() instanceof LoggerContext context
            ? LoggingState.problems(
                context, Objects.requireNonNullElse(LogbackFile.name(), "logging"))
            : List.of();
  }

  /**
   * Keeps the lines of this process on stderr, even if a Logback configuration is named: for
   * commands that serve no clients, which must neither create log files nor write into those of a
   * gateway. Before the first line.
   */
  public static void keepOnStderr() {
    LogbackFile.hide();
  }

  /**
   * Returns the set-up of each log by the Logback configuration that the options of this process
   * name. It is read; no part of it is started, opened or created.
   */
  public static Map<Log, LogSetup> inspect() {
    String named = LogbackFile.name();
    return named == null ? LogSetup.toStderr() : LogInspection.of(named);
  }

  // ---- while it runs

  /** Returns the state of the writing of each log. */
  public static Map<Log, LogStatus> status() {
    Map<Log, LogStatus> status = new EnumMap<>(Log.class);
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      for (Log log : Log.values()) {
        status.put(log, LogStatus.of(log, context));
      }
    }
    return status;
  }

  /** Opens log files again, soon: after they were moved, by logrotate for one. */
  public static void reopen() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      LoggingState.of(context).reopen();
    }
  }

  /**
   * Writes what the appenders still hold, for a few seconds at most, and stops them: the last thing
   * to do. Does nothing in a process that has logged nothing.
   */
  public static void flushAndStop() {
    if (LoggingState.isUsed()
        && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      LoggingState.of(context).beginStop();
      context.stop();
    }
  }
}
