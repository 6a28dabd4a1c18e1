package sallyport.logging.setup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.logging.Log;

/** What a Logback configuration would do to the logs, found without doing any of it. */
class LogInspectionTest {
  private static final String BATCHES =
      "<appender name='AUDIT' class='sallyport.logging.BatchingAppender'>%s</appender>"
          + "<logger name='sallyport.audit' level='INFO' additivity='false'>"
          + "<appender-ref ref='AUDIT'/></logger>";

  private static final String FILE =
      "<appender name='FILE' class='sallyport.logging.FileAppender'><file>%s</file>%s</appender>"
          + BATCHES.formatted("<appender-ref ref='FILE'/>");

  @TempDir private Path folder;

  private LogSetup setup(Log log, String elements) throws IOException {
    Path file = folder.resolve("logback.xml");
    Files.writeString(file, "<configuration>" + elements + "</configuration>");
    List<Path> before = files();
    LogSetup setup = Objects.requireNonNull(LogInspection.of(file.toString()).get(log));
    assertThat(files()).isEqualTo(before);
    return setup;
  }

  private LogSetup audit(String elements) throws IOException {
    return setup(Log.AUDIT, elements);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.sorted().toList();
    }
  }

  @Test
  void theFileThatComesWithTheGatewayWritesEachLogAndMakesNothing() throws IOException {
    String shipped =
        Files.readString(Path.of("conf/logback.xml"))
            .replaceAll("(?s).*<configuration>|</configuration>.*", "")
            .replace("${SALLYPORT_LOG_DIR:-logs}", folder.resolve("logs").toString());
    for (Log log : Log.values()) {
      LogSetup setup = setup(log, shipped);
      assertThat(setup.written()).isTrue();
      assertThat(setup.problems()).isEmpty();
      assertThat(setup.waits()).isEmpty();
      assertThat(setup.files()).hasSize(log == Log.SYSTEM ? 0 : 1);
    }
  }

  @Test
  void withoutAnyAppenderNothingIsWritten() throws IOException {
    assertThat(audit("<logger name='sallyport.audit' level='INFO'/><root level='INFO'/>"))
        .isEqualTo(
            new LogSetup(
                true,
                List.of("no appender takes the lines of sallyport.audit"),
                List.of(),
                List.of()));
  }

  @Test
  void anAppenderThatNoAppenderIsBelowWritesNothing() throws IOException {
    assertThat(audit(BATCHES.formatted("")).problems())
        .containsExactly("appender AUDIT: has no appender below it");
  }

  @Test
  void anAppenderOfNothingWritesNothing() throws IOException {
    assertThat(
            audit(
                    "<appender name='NOP' class='ch.qos.logback.core.helpers.NOPAppender'/>"
                        + "<root level='INFO'><appender-ref ref='NOP'/></root>")
                .problems())
        .containsExactly("appender NOP: writes nothing");
  }

  @Test
  void aFilterThatLeavesTheLinesOutIsFound() throws IOException {
    String filter =
        "<filter class='ch.qos.logback.classic.filter.ThresholdFilter'><level>WARN</level></filter>";
    assertThat(
            audit(
                    "<appender name='OUT' class='ch.qos.logback.core.ConsoleAppender'>"
                        + filter
                        + "<encoder><pattern>%m</pattern></encoder></appender>"
                        + "<root level='INFO'><appender-ref ref='OUT'/></root>")
                .problems())
        .containsExactly("appender OUT: a filter leaves lines of level INFO out");
  }

  @Test
  void aFolderThatCannotBeMadeIsFoundWithoutMakingIt() throws IOException {
    Path file = Files.writeString(folder.resolve("in-the-way"), "").resolve("logs/audit.jsonl");
    assertThat(audit(FILE.formatted(file, "")).problems())
        .containsExactly(
            "appender FILE: cannot open " + file + ": a part of its path is no folder");
  }

  @Test
  void filesThatAStartWouldRemoveStay() throws IOException {
    Files.writeString(folder.resolve("audit.2020-01-01.jsonl"), "");
    LogSetup setup =
        audit(FILE.formatted(folder.resolve("audit.%d.jsonl"), "<keepDays>1</keepDays>"));
    assertThat(setup.problems()).isEmpty();
    assertThat(setup.files())
        .singleElement()
        .asString()
        .matches(".*/audit\\.\\d{4}-\\d\\d-\\d\\d\\.jsonl");
  }

  @Test
  void appendersOfLogbackMakeAndRemoveNoFileEither() throws IOException {
    Files.writeString(folder.resolve("audit.2020-01-01.log"), "");
    LogSetup setup =
        audit(
            """
            <appender name='ROLL' class='ch.qos.logback.core.rolling.RollingFileAppender'>
              <rollingPolicy class='ch.qos.logback.core.rolling.TimeBasedRollingPolicy'>
                <fileNamePattern>%s/audit.%%d{yyyy-MM-dd}.log</fileNamePattern>
                <maxHistory>1</maxHistory>
                <cleanHistoryOnStart>true</cleanHistoryOnStart>
              </rollingPolicy>
              <encoder><pattern>%%m%%n</pattern></encoder>
            </appender>
            <root level='INFO'><appender-ref ref='ROLL'/></root>
            """
                .formatted(folder));
    assertThat(setup.problems()).isEmpty();
    assertThat(setup.waits()).containsExactly("ROLL");
    assertThat(setup.files()).hasSize(1);
  }

  @Test
  void anIncludedFileIsReadTheSameWay() throws IOException {
    Path part = folder.resolve("part.xml");
    Files.writeString(
        part,
        "<included>" + FILE.formatted(folder.resolve("made/audit.jsonl"), "") + "</included>");
    assertThat(audit("<include file='" + part + "'/>").files())
        .containsExactly(folder.resolve("made/audit.jsonl"));
  }

  @Test
  void aLoggerOverInfoWritesNothing() throws IOException {
    assertThat(audit("<logger name='sallyport.audit' level='WARN'/>").written()).isFalse();
  }

  @Test
  void aFileThatIsNotThereIsAProblemOfEveryLog() {
    String name = folder.resolve("logbak.xml").toString();
    LogInspection.of(name)
        .values()
        .forEach(
            setup ->
                assertThat(setup.problems())
                    .anyMatch(line -> line.startsWith(name + ": there is")));
  }

  @Test
  void whatIsNoXmlIsAProblem() throws IOException {
    assertThat(audit("<logger").problems()).isNotEmpty();
  }
}
