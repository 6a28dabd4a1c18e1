package sallyport.logging.setup;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.OptionHelper;
import sallyport.logging.BatchingAppender;
import sallyport.logging.LineEncoder;
import sallyport.logging.Log;
import sallyport.logging.StderrAppender;

/**
 * Logging without a configuration file: everything on stderr, since stdout belongs to the command
 * ({@code run} prints one line there once it serves). Access and audit lines are one JSON object
 * each; their field {@code log} tells them apart, and lines for people are not JSON. For files,
 * name conf/logback.xml: {@code -Dlogback.configurationFile=FILE}.
 *
 * <p>Each log has a queue and a thread of its own, so that the gateway never waits for the reader
 * of stderr; lines over a full queue are lost and counted. In Java, because reading the same from
 * XML took a fifth of the main thread's time to the first answer. Logback finds this class by
 * META-INF/services, and needs no rank of an only one: to read an annotation the JDK makes a class.
 */
public final class DefaultLogs extends ContextAwareBase implements Configurator {
  private static final String FOR_PEOPLE =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg%n%ex{short}";

  private static final int ACCESS_LINES = 8192;
  private static final int AUDIT_LINES = 8192;
  private static final int SYSTEM_LINES = 1024;
  private static final int LINGER_MILLIS = 20;

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    String named = OptionHelper.getSystemProperty(ClassicConstants.CONFIG_FILE_PROPERTY);
    if (named != null) {
      if (LogbackFile.find(named) != null) {
        return ExecutionStatus.INVOKE_NEXT_IF_ANY;
      }
      // Left to Logback, all levels would go to stdout, in a format of its own.
      setContext(context);
      addError(LogbackFile.missing());
    }
    attach(context, Logger.ROOT_LOGGER_NAME, Level.INFO, people(context));
    attach(
            context,
            Log.ACCESS.logger(),
            Level.INFO,
            batches(context, "ACCESS", ACCESS_LINES, new LineEncoder()))
        .setAdditive(false);
    attach(
            context,
            Log.AUDIT.logger(),
            Level.INFO,
            batches(context, "AUDIT", AUDIT_LINES, new LineEncoder()))
        .setAdditive(false);
    context.getLogger("io.netty").setLevel(Level.WARN);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static Logger attach(
      LoggerContext context, String name, Level level, Appender<ILoggingEvent> appender) {
    Logger logger = context.getLogger(name);
    logger.setLevel(level);
    logger.addAppender(appender);
    return logger;
  }

  private static Appender<ILoggingEvent> people(LoggerContext context) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setPattern(FOR_PEOPLE);
    return batches(context, "SYSTEM", SYSTEM_LINES, encoder);
  }

  /** Returns an appender to stderr with a queue and a thread of its own. */
  private static Appender<ILoggingEvent> batches(
      LoggerContext context, String name, int lines, Encoder<ILoggingEvent> encoder) {
    encoder.setContext(context);
    encoder.start();
    StderrAppender stderr = new StderrAppender();
    stderr.setEncoder(encoder);
    BatchingAppender batches = new BatchingAppender();
    batches.setQueueSize(lines);
    batches.setLingerMillis(LINGER_MILLIS);
    batches.addAppender(started(stderr, context, name + "_LINES"));
    return started(batches, context, name);
  }

  private static <A extends Appender<ILoggingEvent>> A started(
      A appender, LoggerContext context, String name) {
    appender.setContext(context);
    appender.setName(name);
    appender.start();
    return appender;
  }
}
