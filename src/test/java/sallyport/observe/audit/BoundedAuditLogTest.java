package sallyport.observe.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sallyport.values.ClientAddress;

/** Floods of refusals, at times that the test sets. */
class BoundedAuditLogTest {
  private final List<AuditEvent> lines = new ArrayList<>();
  private final List<Runnable> tasks = new ArrayList<>();
  private long now;
  private boolean full;
  private final BoundedAuditLog log =
      new BoundedAuditLog(line -> !full && lines.add(line), 2, () -> now, tasks::add);

  private static AuditEvent.RequestRefused refused(String listener, String reason, int port) {
    return new AuditEvent.RequestRefused(listener, client("192.0.2.1", port), reason);
  }

  private static ClientAddress client(String address, int port) {
    return ClientAddress.direct(new InetSocketAddress(address, port));
  }

  private void refuse(int times) {
    for (int i = 0; i < times; i++) {
      log.record(refused("https", "bad_host", i));
    }
  }

  private void runTasks() {
    List.copyOf(tasks).forEach(Runnable::run);
    tasks.clear();
  }

  @Test
  void theFirstOfASecondHaveLinesAndTheOthersOneWithTheirNumber() {
    refuse(10);
    assertThat(lines)
        .containsExactly(refused("https", "bad_host", 0), refused("https", "bad_host", 1));
    assertThat(tasks).hasSize(1);
    runTasks();
    assertThat(lines.getLast())
        .isEqualTo(new AuditEvent.Repeated(refused("https", "bad_host", 9), 8));
    assertThat(lines).hasSize(3);
  }

  @Test
  void theNextSecondHasLinesOfItsOwn() {
    refuse(3);
    now = TimeUnit.SECONDS.toNanos(1);
    refuse(3);
    assertThat(lines).hasSize(4);
    runTasks();
    assertThat(lines).hasSize(5);
    assertThat(lines.getLast())
        .isEqualTo(new AuditEvent.Repeated(refused("https", "bad_host", 2), 2));
  }

  @Test
  void anotherReasonListenerOrEventIsNotSilenced() {
    refuse(3);
    List<AuditEvent> others =
        List.of(
            refused("https", "bad_uri", 1),
            refused("http", "bad_host", 1),
            new AuditEvent.Http2Aborted("https", client("192.0.2.1", 1), "bad_host"),
            new AuditEvent.Stopped(0));
    others.forEach(log::record);
    assertThat(lines).endsWith(others.toArray(AuditEvent[]::new));
  }

  @Test
  void refusalsOfOneEndpointAndOfOneKeyAreBoundedToo() {
    for (int i = 0; i < 5; i++) {
      log.record(new AuditEvent.BackendRefused("app", "10.0.0.1:443", "untrusted", ""));
      log.record(new AuditEvent.BackendRefused("app", "10.0.0.2:443", "untrusted", ""));
      log.record(new AuditEvent.SignatureRefused("server", "pkcs11:key", "ab", "queue_full", ""));
    }
    assertThat(lines).hasSize(6);
    runTasks();
    assertThat(lines).hasSize(9);
  }

  @Test
  void endpointsThatAskAndDoNotAskInTurnAreBounded() {
    for (int i = 0; i < 5; i++) {
      log.record(new AuditEvent.BackendMutualTls("app", "a:1 at 10.0.0." + i, "not_asked", true));
    }
    assertThat(lines).hasSize(2);
    runTasks();
    assertThat(lines).hasSize(3);
  }

  @Test
  void fiftyRefusedConnectionsInASecondAreTwoLinesAndTheNextTellsOfTheOthers() {
    // Half a second before the clock wraps around, as nanoTime may.
    now = Long.MAX_VALUE - TimeUnit.MILLISECONDS.toNanos(500);
    AuditEvent.ConnectionRefused refused =
        new AuditEvent.ConnectionRefused("https", client("192.0.2.1", 1), "connection_limit");
    for (int i = 0; i < 50; i++) {
      log.record(refused);
    }
    assertThat(lines).containsExactly(refused, refused);
    now += TimeUnit.SECONDS.toNanos(1);
    runTasks();
    log.record(refused);
    assertThat(lines)
        .containsExactly(refused, refused, new AuditEvent.Repeated(refused, 48), refused);
  }

  @Test
  void ambiguousRoutesAreBoundedEachForItself() {
    for (int i = 0; i < 5; i++) {
      for (String route : List.of("a", "b")) {
        log.record(
            new AuditEvent.AmbiguousRoute(
                "https", client("192.0.2.1", i), "ambiguous_path", route, "admin"));
      }
    }
    assertThat(lines).hasSize(4);
    runTasks();
    assertThat(lines.subList(4, 6))
        .extracting(line -> ((AuditEvent.Repeated) line).count())
        .containsOnly(3L);
  }

  @Test
  void aFewNeedNoSummary() {
    refuse(2);
    log.close();
    assertThat(lines).hasSize(2);
    assertThat(tasks).isEmpty();
  }

  @Test
  void closingTellsWhatWasLeftOutOnce() {
    refuse(5);
    log.close();
    runTasks();
    assertThat(lines).hasSize(3);
    assertThat(lines.getLast())
        .isEqualTo(new AuditEvent.Repeated(refused("https", "bad_host", 4), 3));
  }

  @Test
  void refusalsByRouteAreBoundedEachForItself() {
    for (int i = 0; i < 5; i++) {
      for (String route : List.of("", "a", "b")) {
        log.record(
            new AuditEvent.AccessRefused(
                "https", client("192.0.2.1", i), route, "client_not_listed", "", ""));
      }
    }
    assertThat(lines).hasSize(6);
    runTasks();
    assertThat(lines.subList(6, 9))
        .extracting(line -> ((AuditEvent.Repeated) line).count())
        .containsOnly(3L);
  }

  @Test
  void refusalsWhoseLinesAreLostAreToldInACountOnceThereIsRoom() {
    full = true;
    refuse(5);
    runTasks();
    log.close();
    assertThat(lines).isEmpty();
    full = false;
    runTasks();
    assertThat(lines).containsExactly(new AuditEvent.Repeated(refused("https", "bad_host", 4), 5));
  }
}
