package sallyport.logging;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/** The logging system as a whole. */
public final class Logs {
  /** The elements of conf/logback.xml, which may say by now what nobody should do in a training. */
  private static final String TO_FILES =
      """
      <configuration>
        <property name="file" value="${folder:-.}/access.%d{yyyy-MM-dd}.jsonl"/>
        <appender name="STDERR" class="ch.qos.logback.core.ConsoleAppender">
          <target>System.err</target>
          <encoder><pattern>%d{HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg%n%ex{short}</pattern></encoder>
        </appender>
        <appender name="FILE" class="ch.qos.logback.core.rolling.RollingFileAppender">
          <rollingPolicy class="ch.qos.logback.core.rolling.TimeBasedRollingPolicy">
            <fileNamePattern>${file}</fileNamePattern>
            <maxHistory>30</maxHistory>
          </rollingPolicy>
          <immediateFlush>false</immediateFlush>
          <encoder class="sallyport.logging.LineEncoder"/>
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

  /** Whether audit lines are written, as the logging system is set up in this process. */
  public static boolean writesAudit() {
    return LoggerFactory.getLogger(JsonAuditLog.LOGGER).isInfoEnabled();
  }

  /** Whether access lines are, where the configuration has them. */
  public static boolean writesAccess() {
    return LoggerFactory.getLogger(JsonAccessLog.LOGGER).isInfoEnabled();
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
