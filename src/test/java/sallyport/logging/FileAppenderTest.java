package sallyport.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.status.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.Eventually;
import sallyport.testkit.TestClock;

/** Lines to files that are full, moved, removed, or cannot be opened. */
@Timeout(60)
class FileAppenderTest {
  private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");

  @TempDir private Path folder;
  private final LoggerContext context = new LoggerContext();
  private final BatchingAppender batches = new BatchingAppender();
  private final TestClock clock = new TestClock(NOON);
  private final FileAppender file = new FileAppender(clock);

  @BeforeEach
  void prepare() {
    context.setMDCAdapter(new LogbackMDCAdapter());
    batches.setContext(context);
    batches.setName("AUDIT");
    batches.setQueueSize(16);
    batches.setLingerMillis(0);
    file.setContext(context);
    file.setName("AUDIT_FILE");
  }

  @AfterEach
  void stop() {
    batches.stop();
  }

  private void start(Path path) {
    file.setFile(path.toString());
    file.start();
    batches.addAppender(file);
    batches.start();
  }

  private void log(String text) {
    LoggingEvent event = new LoggingEvent();
    event.setLoggerContext(context);
    event.setLoggerName(Log.AUDIT.logger());
    event.setLevel(Level.INFO);
    event.setMessage(text);
    batches.doAppend(event);
  }

  private long lost() {
    return LoggingState.of(context).lost(Log.AUDIT);
  }

  private static List<String> lines(Path path) {
    try {
      return Files.exists(path) ? Files.readAllLines(path) : List.of();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void linesAreAppendedToWhatIsThereAndTheFolderIsMade() throws IOException {
    Path path = folder.resolve("made/audit.jsonl");
    Files.createDirectory(path.getParent());
    Files.writeString(path, "before\n");
    start(path);
    log("one");
    log("two");
    batches.stop();
    assertThat(path).hasContent("before\none\ntwo\n");
    assertThat(lost()).isZero();
  }

  @Test
  void whatIsMadeIsForTheOwnerAndTheGroupAlone() throws IOException {
    Path path = folder.resolve("made/audit.jsonl");
    start(path);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .matches("rw-[r-]-----");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
        .matches("rwx[r-]-[x-]---");
  }

  @Test
  void aLineThatACrashCutOffIsNotContinuedByAnother() throws IOException {
    Path path = folder.resolve("audit.jsonl");
    Files.writeString(path, "{\"log\":\"au");
    start(path);
    log("one");
    batches.stop();
    assertThat(lines(path)).containsExactly("{\"log\":\"au", "one");
  }

  @Test
  void aFileThatCannotBeOpenedIsAProblemThatNamesItAndTheReason() throws IOException {
    Path path = Files.writeString(folder.resolve("a-file"), "").resolve("audit.jsonl");
    start(path);
    assertThat(file.isStarted()).isFalse();
    assertThat(LoggingState.problems(context, "logging"))
        .singleElement()
        .asString()
        .endsWith("appender AUDIT_FILE: cannot open " + path + ": a part of its path is no folder");
  }

  @Test
  void anAppenderWithoutAFileSaysSo() {
    file.start();
    assertThat(file.isStarted()).isFalse();
    assertThat(context.getStatusManager().getCopyOfStatusList())
        .anyMatch(status -> status.getLevel() == Status.ERROR);
  }

  @Test
  void withAFullDiskLinesWaitThenAreCountedAndNobodyWaits() {
    start(Path.of("/dev/full"));
    log("first");
    Eventually.equal("failing", true, file::isFailing);
    assertThat(batches.isUnwritable()).isTrue();
    // This thread would hang here if it had to wait for the disk.
    for (int i = 0; i < 100; i++) {
      log("line " + i);
    }
    // One more than the queue holds may be on its way to the disk.
    assertThat(lost()).isBetween(83L, 84L);
    batches.stop();
    // What cannot be written by then is lost too, and nothing is lost twice.
    assertThat(lost()).isEqualTo(101);
  }

  @Test
  void aFileThatWasMovedIsLeftToItsNewNameOnceItIsAskedToReopen() throws IOException {
    Path path = folder.resolve("audit.jsonl");
    Path moved = folder.resolve("audit.jsonl.1");
    start(path);
    log("one");
    Eventually.equal("lines of the file", 1, () -> lines(path).size());
    Files.move(path, moved);
    batches.reopen();
    Eventually.equal("the file exists", true, () -> Files.exists(path));
    log("two");
    batches.stop();
    assertThat(lines(moved)).containsExactly("one");
    assertThat(lines(path)).containsExactly("two");
    assertThat(lost()).isZero();
  }

  @Test
  void aFileThatWasRemovedIsMadeAnewWithoutASignal() throws IOException {
    Path path = folder.resolve("audit.jsonl");
    start(path);
    log("one");
    Eventually.equal("lines of the file", 1, () -> lines(path).size());
    Files.delete(path);
    Eventually.equal(
        "the line is in the new file",
        true,
        () -> {
          log("again");
          return lines(path).contains("again");
        });
  }

  @Test
  void aFolderThatBecameUnusableIsAFailureUntilItIsUsableAgain() throws IOException {
    Path logs = folder.resolve("logs");
    Path path = logs.resolve("audit.jsonl");
    start(path);
    log("one");
    Eventually.equal("lines of the file", 1, () -> lines(path).size());
    Files.move(logs, folder.resolve("old"));
    Files.writeString(logs, "in the way");
    batches.reopen();
    Eventually.equal("failing", true, file::isFailing);
    log("two");
    assertThat(batches.isUnwritable()).isTrue();
    Files.delete(logs);
    Eventually.equal("the line is in the file", true, () -> lines(path).contains("two"));
    Eventually.equal("unwritable", false, batches::isUnwritable);
    assertThat(lost()).isZero();
  }

  @Test
  void eachDayHasAFileAndOldOnesAreRemoved() throws IOException {
    for (String day : List.of("2026-11-20", "2026-11-27", "2026-11-28")) {
      Files.writeString(folder.resolve("audit." + day + ".jsonl"), "old\n");
    }
    Path other = Files.writeString(folder.resolve("audit.summary.jsonl"), "other\n");
    file.setKeepDays(3);
    start(folder.resolve("audit.%d.jsonl"));
    Path first = folder.resolve("audit.2026-11-29.jsonl");
    log("one");
    Eventually.equal("lines of the file", 1, () -> lines(first).size());
    clock.set(NOON.plusSeconds(12 * 3600));
    log("two");
    batches.stop();
    assertThat(lines(first)).containsExactly("one");
    assertThat(lines(folder.resolve("audit.2026-11-30.jsonl"))).containsExactly("two");
    assertThat(folder.resolve("audit.2026-11-20.jsonl")).doesNotExist();
    assertThat(folder.resolve("audit.2026-11-27.jsonl")).doesNotExist();
    assertThat(folder.resolve("audit.2026-11-28.jsonl")).exists();
    assertThat(other).exists();
  }
}
