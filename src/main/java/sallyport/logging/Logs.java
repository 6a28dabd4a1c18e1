package sallyport.logging;

import ch.qos.logback.classic.LoggerContext;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/** The logging system as a whole. */
public final class Logs {
  private Logs() {}

  /** Whether audit lines are written, as the logging system is set up in this process. */
  public static boolean writesAudit() {
    return LoggerFactory.getLogger(JsonAuditLog.LOGGER).isInfoEnabled();
  }

  /** Whether access lines are, where the configuration has them. */
  public static boolean writesAccess() {
    return LoggerFactory.getLogger(JsonAccessLog.LOGGER).isInfoEnabled();
  }

  /** Writes what the asynchronous appenders still hold, and stops them: the last thing to do. */
  public static void flushAndStop() {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    if (factory instanceof LoggerContext context) {
      context.stop();
    }
  }
}
