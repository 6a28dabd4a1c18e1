package sallyport.logging;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.OptionHelper;

/**
 * How the gateway logs where no file says otherwise: everything on stderr, since stdout belongs to
 * the command ({@code run} prints one line there once it serves). Access and audit lines are one
 * JSON object each; their field {@code log} tells them apart, and what the gateway has to say to
 * people is not JSON. For files, name conf/logback.xml: {@code -Dlogback.configurationFile=FILE}.
 *
 * <p>Both queues lose nothing: where the reader of stderr stalls, the gateway waits rather than
 * forget. In Java, because reading the same from XML took a fifth of the main thread's time to the
 * first answer. Logback finds this class by META-INF/services, and needs no rank of an only one: to
 * read an annotation the JDK makes a class.
 */
public final class DefaultLogs extends ContextAwareBase implements Configurator {
  private static final String FOR_PEOPLE =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg%n%ex{short}";

  private static final int ACCESS_LINES = 8192;
  private static final int AUDIT_LINES = 1024;
  private static final int LINGER_MILLIS = 20;

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (OptionHelper.getSystemProperty(ClassicConstants.CONFIG_FILE_PROPERTY) != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    attach(context, Logger.ROOT_LOGGER_NAME, Level.INFO, people(context));
    attach(context, JsonAccessLog.LOGGER, Level.INFO, access(context)).setAdditive(false);
    attach(context, JsonAuditLog.LOGGER, Level.INFO, audit(context)).setAdditive(false);
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
    return console(context, "STDERR", encoder);
  }

  private static Appender<ILoggingEvent> console(
      LoggerContext context, String name, Encoder<ILoggingEvent> encoder) {
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setTarget("System.err");
    return writing(console, context, name, encoder);
  }

  private static Appender<ILoggingEvent> access(LoggerContext context) {
    StderrAppender lines = new StderrAppender();
    // Flushed by the lines of a batch.
    lines.setImmediateFlush(false);
    BatchingAppender access = new BatchingAppender();
    access.setQueueSize(ACCESS_LINES);
    access.setLingerMillis(LINGER_MILLIS);
    access.addAppender(writing(lines, context, "ACCESS_LINES", new LineEncoder()));
    return started(access, context, "ACCESS");
  }

  private static Appender<ILoggingEvent> audit(LoggerContext context) {
    AsyncAppender audit = new AsyncAppender();
    audit.setContext(context); // It has something to say of what is added.
    audit.setQueueSize(AUDIT_LINES);
    audit.setDiscardingThreshold(0);
    audit.addAppender(console(context, "JSON", new LineEncoder()));
    return started(audit, context, "AUDIT");
  }

  private static Appender<ILoggingEvent> writing(
      OutputStreamAppender<ILoggingEvent> appender,
      LoggerContext context,
      String name,
      Encoder<ILoggingEvent> encoder) {
    encoder.setContext(context);
    encoder.start();
    appender.setEncoder(encoder);
    return started(appender, context, name);
  }

  private static <A extends Appender<ILoggingEvent>> A started(
      A appender, LoggerContext context, String name) {
    appender.setContext(context);
    appender.setName(name);
    appender.start();
    return appender;
  }
}
