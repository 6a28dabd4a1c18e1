package sallyport.credentials.acme.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.LogLines;

/** Leaderships of one store, by the clock of the machine. */
class LeadershipTest {
  @TempDir private Path store;

  private Leadership leadership(Runnable gained) throws Exception {
    Leadership leadership = new Leadership("lab", store, gained);
    leadership.prepare();
    leadership.start();
    return leadership;
  }

  @Test
  void leftoversAreClearedBeforeAReplicaLeads() throws Exception {
    CountDownLatch clears = new CountDownLatch(1);
    CountDownLatch cleared = new CountDownLatch(1);
    try (Leadership leadership =
        leadership(
            () -> {
              clears.countDown();
              try {
                cleared.await(20, TimeUnit.SECONDS);
              } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
              }
            })) {
      assertThat(clears.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(leadership.leads()).isFalse();
      cleared.countDown();
      leadership.awaitChange(false, Duration.ofSeconds(20));
      assertThat(leadership.leads()).isTrue();
      assertThat(leadership.leader()).endsWith("/" + ProcessHandle.current().pid());
    }
  }

  @Test
  void aReplicaThatStopsGivesTheLeaseUp() throws Exception {
    Leadership leadership = leadership(() -> {});
    leadership.awaitChange(false, Duration.ofSeconds(20));
    assertThat(Files.readString(store.resolve("replicas/leader.1"))).endsWith("held\n");
    leadership.close();
    assertThat(leadership.leads()).isFalse();
    assertThat(Files.readString(store.resolve("replicas/leader.1"))).endsWith("released\n");
  }

  @Test
  void aStoreThatGoesAwayIsToldOnceAndEndsTheLeadershipInTime() throws Exception {
    try (LogLines said = new LogLines(Leadership.class.getName());
        Leadership leadership = leadership(() -> {})) {
      leadership.awaitChange(false, Duration.ofSeconds(20));
      Files.move(store.resolve("replicas"), store.resolve("away"));
      assertThat(said.awaitContaining("cannot take part in the orders")).contains("account lab");
      leadership.awaitChange(true, Duration.ofSeconds(20));
      assertThat(leadership.leads()).isFalse();
      Files.move(store.resolve("away"), store.resolve("replicas"));
      said.awaitContaining("the store can be used again");
      assertThat(said.all().stream().filter(line -> line.contains("cannot take part"))).hasSize(1);
    }
  }
}
