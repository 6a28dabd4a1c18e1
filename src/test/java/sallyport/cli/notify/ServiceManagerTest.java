package sallyport.cli.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.LogLines;
import sallyport.testkit.NotifyListener;

/** What systemd is told, over a real socket. */
class ServiceManagerTest {
  private static final long PID = 4711;

  @TempDir Path folder;

  private @Nullable NotifyListener listening;
  private @Nullable ServiceManager told;

  private NotifyListener systemd() {
    return Objects.requireNonNull(listening);
  }

  private ServiceManager manager() {
    return Objects.requireNonNull(told);
  }

  private void listen(String address, String... more) throws Throwable {
    listening = new NotifyListener(address);
    Map<String, String> environment = new HashMap<>(Map.of("NOTIFY_SOCKET", address));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    told = ServiceManager.of(environment, PID);
  }

  private void listen() throws Throwable {
    listen(folder.resolve("notify").toString());
  }

  @AfterEach
  void close() throws Exception {
    if (listening != null) {
      manager().close();
      systemd().close();
    }
  }

  @Test
  void aServiceIsReadyOnceItServes() throws Throwable {
    listen();
    manager().starting();
    assertThat(systemd().next()).containsExactly("STATUS=opening certificates and keys");
    manager().serving("https=127.0.0.1:8443", List.of());
    assertThat(systemd().next())
        .containsExactly("READY=1", "MAINPID=4711", "STATUS=serving https=127.0.0.1:8443");
  }

  @Test
  void theAbstractNamespaceIsReachedToo() throws Throwable {
    listen("@sallyport-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    manager().starting();
    assertThat(systemd().next()).containsExactly("STATUS=opening certificates and keys");
  }

  /** The clock that systemd compares with the moment of its signal. */
  @Test
  void aReloadHasTheTimeOfItsBegin() throws Throwable {
    listen();
    long before = NotifySocket.monotonicMicros();
    manager().reloading();
    List<String> told = systemd().next();
    assertThat(told).hasSize(3).startsWith("RELOADING=1");
    assertThat(told.get(1)).startsWith("MONOTONIC_USEC=");
    assertThat(Long.parseLong(told.get(1).substring("MONOTONIC_USEC=".length())))
        .isBetween(before, NotifySocket.monotonicMicros());
    manager().reloaded(true);
    assertThat(systemd().next())
        .containsExactly("READY=1", "STATUS=serving, the last reload was applied");
  }

  @Test
  void aRefusedReloadIsToldAndReadyAllTheSame() throws Throwable {
    listen();
    manager().reloading();
    systemd().next();
    manager().reloaded(false);
    assertThat(systemd().next())
        .containsExactly("READY=1", "STATUS=serving, the last reload was refused");
  }

  @Test
  void ofTwoReloadsTheLastOneIsReady() throws Throwable {
    listen();
    manager().reloading();
    manager().reloading();
    manager().reloaded(true);
    manager().reloaded(true);
    manager().stopping(Duration.ofSeconds(36));
    assertThat(systemd().next()).startsWith("RELOADING=1");
    assertThat(systemd().next()).startsWith("RELOADING=1");
    assertThat(systemd().next()).startsWith("READY=1");
    assertThat(systemd().next()).startsWith("STOPPING=1");
  }

  @Test
  void aStopAsksForTheTimeThatItNeedsAndIsNotReadyAgain() throws Throwable {
    listen();
    manager().reloading();
    manager().stopping(Duration.ofSeconds(36));
    manager().reloaded(false);
    manager().starting();
    assertThat(systemd().next()).startsWith("RELOADING=1");
    assertThat(systemd().next())
        .containsExactly(
            "STOPPING=1",
            "EXTEND_TIMEOUT_USEC=66000000",
            "STATUS=stopping, waiting for connections for 36s at most");
    assertThat(systemd().next())
        .as("nothing between")
        .containsExactly("STATUS=opening certificates and keys");
  }

  @Test
  void signsOfLifeComeWhileTheLoopsRun() throws Throwable {
    listen(
        folder.resolve("notify").toString(),
        "WATCHDOG_USEC",
        "2000",
        "WATCHDOG_PID",
        Long.toString(PID));
    manager().serving("", List.of(Runnable::run));
    systemd().next();
    assertThat(systemd().next()).containsExactly("WATCHDOG=1");
    assertThat(systemd().next()).containsExactly("WATCHDOG=1");
  }

  /** The thread of the watchdog would ask the loop, which fails. */
  @Test
  void theWatchdogOfAnotherProcessIsLeftToIt() throws Throwable {
    listen(folder.resolve("notify").toString(), "WATCHDOG_USEC", "2000", "WATCHDOG_PID", "1");
    manager()
        .serving(
            "",
            List.of(
                task -> {
                  throw new AssertionError("asked");
                }));
    assertThat(systemd().next()).startsWith("READY=1");
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("sallyport-watchdog"));
  }

  @Test
  void withoutASocketNothingHappens() {
    ServiceManager silent = ServiceManager.of(Map.of("WATCHDOG_USEC", "2000"), PID);
    silent.starting();
    silent.serving(
        "",
        List.of(
            task -> {
              throw new AssertionError("asked");
            }));
    silent.reloading();
    silent.reloaded(true);
    silent.stopping(Duration.ofSeconds(1));
    silent.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"vsock:2:1234", "relative", "/", "@"})
  void anAddressThatCannotBeUsedIsOneWarning(String address) throws Exception {
    try (LogLines said = new LogLines(ServiceManager.class.getName())) {
      ServiceManager.of(Map.of("NOTIFY_SOCKET", address), PID).starting();
      assertThat(said.all()).singleElement().asString().contains(address, "is told nothing");
    }
  }

  @Test
  void aSocketThatIsGoneIsAWarning() throws Exception {
    String nowhere = folder.resolve("nowhere").toString();
    try (LogLines said = new LogLines(ServiceManager.class.getName())) {
      ServiceManager.of(Map.of("NOTIFY_SOCKET", nowhere), PID).starting();
      assertThat(said.all())
          .singleElement()
          .asString()
          .contains(nowhere + " is not told 'STATUS=", "there is no such socket");
    }
  }
}
