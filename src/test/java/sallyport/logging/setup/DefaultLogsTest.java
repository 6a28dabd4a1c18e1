package sallyport.logging.setup;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.status.Status;
import ch.qos.logback.core.status.StatusUtil;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.logging.LoggingState;

class DefaultLogsTest {
  private final LoggerContext context = new LoggerContext();

  @AfterEach
  void stop() {
    context.stop();
  }

  @Test
  void accessAndAuditLinesGoToAppendersOfTheirOwnAndAllElseToStandardError() {
    assertThat(configure(null)).isEqualTo(ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY);

    assertThat(appenders("ROOT")).containsExactly("SYSTEM");
    assertThat(appenders("sallyport.access")).containsExactly("ACCESS");
    assertThat(appenders("sallyport.audit")).containsExactly("AUDIT");
    assertThat(context.getLogger("sallyport.access").isAdditive()).isFalse();
    assertThat(context.getLogger("sallyport.audit").isAdditive()).isFalse();
    assertThat(context.getLogger("sallyport.tls").getEffectiveLevel()).isEqualTo(Level.INFO);
    assertThat(context.getLogger("io.netty.channel").getEffectiveLevel()).isEqualTo(Level.WARN);
    assertThat(new StatusUtil(context).getHighestLevel(0)).isLessThan(Status.WARN);
  }

  @Test
  void aFileThatIsNamedIsLeftToLogback() {
    assertThat(configure("logback-test.xml")).isEqualTo(ExecutionStatus.INVOKE_NEXT_IF_ANY);

    assertThat(appenders("ROOT")).isEmpty();
  }

  @Test
  void aFileThatIsNotThereIsAProblemAndLinesGoWhereTheyGoWithoutOne() {
    assertThat(configure("logbak.xml")).isEqualTo(ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY);

    assertThat(LoggingState.problems(context, "logbak.xml"))
        .singleElement()
        .asString()
        .startsWith("logbak.xml: there is no such file");
    assertThat(appenders("sallyport.audit")).containsExactly("AUDIT");
  }

  /** The tests log by a file that the same property names. */
  private ExecutionStatus configure(@Nullable String file) {
    String before = System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY);
    set(file);
    try {
      return new DefaultLogs().configure(context);
    } finally {
      set(before);
    }
  }

  private static void set(@Nullable String file) {
    if (file == null) {
      System.clearProperty(ClassicConstants.CONFIG_FILE_PROPERTY);
    } else {
      System.setProperty(ClassicConstants.CONFIG_FILE_PROPERTY, file);
    }
  }

  private List<String> appenders(String logger) {
    List<Appender<ILoggingEvent>> found = new ArrayList<>();
    context.getLogger(logger).iteratorForAppenders().forEachRemaining(found::add);
    assertThat(found).allMatch(Appender::isStarted);
    return found.stream().map(Appender::getName).toList();
  }
}
