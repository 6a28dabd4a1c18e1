package sallyport.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import java.nio.file.Path;
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

  /**
   * Reads a configuration of logback as a start that is told to log by it would, writes a line by
   * it, and forgets it: for the training of the start-up cache.
   *
   * @param folder takes its files
   * @throws JoranException when it cannot be used
   */
  public static void rehearse(Path configuration, Path folder) throws JoranException {
    LoggerContext context = new LoggerContext();
    context.putProperty("SALLYPORT_LOG_DIR", folder.toString());
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(configuration.toFile());
    context.getLogger(JsonAccessLog.LOGGER).info("{}");
    context.stop();
  }

  /** Writes what the asynchronous appenders still hold, and stops them: the last thing to do. */
  public static void flushAndStop() {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    if (factory instanceof LoggerContext context) {
      context.stop();
    }
  }
}
