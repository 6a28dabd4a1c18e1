package sallyport.credentials.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.problem.ConfigLocation;

/** What becomes of sources that do not answer. */
class SourcesTest {
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path folder;
  private final Sources sources = new Sources();

  @AfterEach
  void close() {
    sources.close();
  }

  private Path fifo() throws Exception {
    Path fifo = folder.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    return fifo;
  }

  private static byte[] read(Sources.Use use, Path file) throws UnusableFile {
    return use.<byte[], UnusableFile>call(() -> KeyFile.read(file));
  }

  private static SecretConfig.Command shell(String script) {
    return new SecretConfig.Command(
        List.of("sh", "-c", script), new ConfigLocation("test", 1, "command"));
  }

  private static String secret(Sources.Use use, SecretConfig.Command command) throws UnusableFile {
    try (Secret secret = use.<Secret, UnusableFile>call(() -> Secret.read(command))) {
      return new String(secret.chars());
    }
  }

  @Test
  void aFileThatHangsIsGivenUpAndNamed() throws Exception {
    Path fifo = fifo();
    Sources.Use use = sources.use(SHORT);
    assertThatThrownBy(() -> read(use, fifo))
        .isInstanceOf(UnansweredSource.class)
        .hasMessage("'" + fifo + "' did not answer within keys.open-timeout, 200 ms");
    assertThat(use.unanswered()).isEqualTo(1);
    assertThat(sources.timeouts(Sources.Kind.FILE)).isEqualTo(1);
    assertThat(sources.timeouts(Sources.Kind.COMMAND)).isZero();
  }

  @Test
  void aSourceThatStillHangsIsNotTriedAgain() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    CountDownLatch returned = new CountDownLatch(1);
    assertThatThrownBy(() -> hang(sources.use(SHORT), released, returned))
        .isInstanceOf(UnansweredSource.class);
    // With a limit that this test does not live to see.
    Sources.Use again = sources.use(Duration.ofDays(1));
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> hang(again, released, returned))
          .hasMessageStartingWith("the token 'x' still hangs from an earlier try");
    }
    assertThat(again.unanswered()).isEqualTo(3);
    assertThat(sources.hanging()).isEqualTo(1);
    released.countDown();
    assertThat(returned.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(sources.hanging()).isZero();
    assertThat(hang(again, released, returned)).isEqualTo("late");
  }

  /** Not to be interrupted, as native code is not. */
  private static String hang(Sources.Use use, CountDownLatch released, CountDownLatch returned)
      throws Exception {
    return use.<String, Exception>call(
        () ->
            Sources.read(
                Sources.Kind.TOKEN,
                "the token 'x'",
                () -> {
                  boolean open = false;
                  while (!open) {
                    try {
                      open = released.await(60, TimeUnit.SECONDS);
                    } catch (InterruptedException ignored) {
                      // It goes on.
                    }
                  }
                  return "late";
                },
                late -> returned.countDown()));
  }

  @Test
  void aCommandThatHangsIsKilledWithWhatItStarted() throws Exception {
    Path child = folder.resolve("child");
    SecretConfig.Command command = shell("sleep 600 & echo $! > " + child + "; wait");
    assertThatThrownBy(() -> secret(sources.use(Duration.ofSeconds(3)), command))
        .isInstanceOf(UnansweredSource.class)
        .hasMessage(command.origin() + " did not answer within keys.open-timeout, 3 s");
    long pid = Long.parseLong(Files.readString(child).strip());
    // It is gone, or about to be: its end is waited for.
    ProcessHandle.of(pid).ifPresent(process -> process.onExit().join());
    assertThat(sources.timeouts(Sources.Kind.COMMAND)).isEqualTo(1);
    assertThat(sources.hanging()).isZero();
  }

  @Test
  void aChildThatHoldsTheOutputOpenKeepsNobodyWaiting() throws Exception {
    Path child = folder.resolve("child");
    try {
      assertThat(
              secret(
                  sources.use(Duration.ofDays(1)),
                  shell("printf secret; sleep 600 & echo $! > " + child)))
          .isEqualTo("secret");
    } finally {
      long pid = Long.parseLong(Files.readString(child).strip());
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void aCommandThatWritesTooMuchIsSaidToDoSo() {
    assertThatThrownBy(
            () -> secret(sources.use(LONG), shell("head -c 5000 /dev/zero | tr '\\0' x")))
        .isNotInstanceOf(UnansweredSource.class)
        .hasMessageEndingWith("wrote more than 4096 octets");
  }

  @Test
  void aCommandThatRunsIsKilledWhenTheSourcesClose() throws Exception {
    Path started = fifo();
    SecretConfig.Command command = shell("echo > " + started + "; exec sleep 600");
    FutureTask<String> reader = new FutureTask<>(() -> secret(sources.use(LONG), command));
    Thread.startVirtualThread(reader);
    assertThat(Files.readString(started)).isNotEmpty();
    sources.close();
    assertThatThrownBy(reader::get)
        .cause()
        .hasMessage("the command sh ended with status 137, not 0");
  }

  @Test
  void outsideOfAnOpeningThereIsALimitToo() throws IOException {
    Path file = folder.resolve("file");
    Files.writeString(file, "x");
    assertThat(Sources.limit()).isEqualTo(Duration.ofSeconds(30));
    assertThat(Sources.exists(file)).isTrue();
    assertThat(Sources.exists(folder.resolve("other"))).isFalse();
  }
}
