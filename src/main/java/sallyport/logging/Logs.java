package sallyport.logging;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.status.Status;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.LoggerFactory;

/** The logging system as a whole. */
public final class Logs {
  /** The elements of conf/logback.xml, which may say by now what nobody should do in a training. */
  private static final String TO_FILES =
      """
      <configuration>
        <property name="file" value="${folder:-.}/access.%d.jsonl"/>
        <appender name="LINES" class="sallyport.logging.StderrAppender">
          <encoder class="ch.qos.logback.classic.encoder.PatternLayoutEncoder">
            <pattern>%d{HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg%n%ex{short}</pattern>
          </encoder>
        </appender>
        <appender name="STDERR" class="sallyport.logging.BatchingAppender">
          <appender-ref ref="LINES"/>
        </appender>
        <appender name="FILE" class="sallyport.logging.FileAppender">
          <file>${file}</file>
          <keepDays>30</keepDays>
        </appender>
        <appender name="ACCESS" class="sallyport.logging.BatchingAppender">
          <queueSize>8192</queueSize>
          <appender-ref ref="FILE"/>
        </appender>
        <logger name="sallyport.access" level="INFO" additivity="false">
          <appender-ref ref="ACCESS"/>
        </logger>
        <root level="INFO">
          <appender-ref ref="STDERR"/>
        </root>
      </configuration>
      """;

  private Logs() {}

  // ---- how it is set up

  /**
   * What of the logging configuration cannot be used, such as a file that cannot be opened, as it
   * was found when the process began to log; empty without a logging system of ours.
   */
  public static List<String> problems() {
    return AtStart.PROBLEMS;
  }

  private static final class AtStart {
    static final List<String> PROBLEMS =
        LoggerFactory.getILoggerFactory() instanceof LoggerContext context
            ? problems(context, Objects.requireNonNullElse(LogbackFile.name(), "logging"))
            : List.of();
  }

  static List<String> problems(LoggerContext context, String file) {
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

  /**
   * Keeps the lines of this process on stderr, whatever Logback configuration is named: for
   * commands that serve nobody, which must not make files nor write into those of a gateway. Before
   * the first line.
   */
  public static void keepOnStderr() {
    LogbackFile.hide();
  }

  /**
   * How each log is set up by the Logback configuration that the options of this process name. It
   * is read, and nothing of it is started, opened or made.
   */
  public static Map<Log, LogSetup> inspect() {
    String named = LogbackFile.name();
    return named == null ? LogSetup.toStderr() : LogInspection.of(named);
  }

  // ---- while it runs

  /** How the writing of each log goes. */
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
      LoggingState.of(context).writing().forEach(BatchingAppender::reopen);
    }
  }

  /**
   * Reads a configuration as it is for those who log to files, writes a line by it, and forgets it:
   * for the training of the start-up cache.
   *
   * @param folder takes the file
   * @throws JoranException when it cannot be used
   */
  public static void rehearse(Path folder) throws JoranException {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    context.putProperty("folder", folder.toString());
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(new ByteArrayInputStream(TO_FILES.getBytes(UTF_8)));
    context.getLogger(Log.ACCESS.logger()).info("{}");
    context.stop();
  }

  /**
   * Writes what the appenders still hold, for a few seconds at most, and stops them: the last thing
   * to do. Does nothing in a process that has logged nothing.
   */
  public static void flushAndStop() {
    if (LoggingState.isUsed()
        && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      LoggingState.of(context).writing().forEach(BatchingAppender::beginStop);
      context.stop();
    }
  }
}
