package sallyport.credentials.acme.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replicas of one store, each by a clock of its own that stands. */
class LeaseTest {
  private static final String HELD =
      "sallyport-acme-leader 1\nowner other/7\nnonce 0123456789abcdef0123456789abcdef\n"
          + "count 3\nheld\n";

  /** Clock of a replica, which starts anywhere. */
  private static final class Nanos {
    private long now;

    Nanos(long start) {
      now = start;
    }

    void advance(Duration by) {
      now += by.toNanos();
    }
  }

  @TempDir private Path folder;

  private final Nanos clock = new Nanos(1_000_000);
  private final Nanos otherClock = new Nanos(Long.MAX_VALUE - 10);

  private Lease replica(String owner, Nanos nanos) {
    return new Lease(new SharedFolder(folder), owner, () -> nanos.now);
  }

  private Lease first() {
    return replica("first/1", clock);
  }

  private Lease second() {
    return replica("second/2", otherClock);
  }

  private void pass(Duration time) {
    clock.advance(time);
    otherClock.advance(time);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /**
   * What is found in the store, how long it is seen without a change, and whether it is taken then.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "free         | 0  | true",
        "held         | 0  | false",
        "held         | 19 | false",
        "held         | 20 | true",
        "released     | 0  | true",
        "empty        | 0  | false",
        "empty        | 19 | false",
        "empty        | 20 | true",
        "torn         | 19 | false",
        "torn         | 20 | true",
        "renewed      | 20 | false",
        "another file | 0  | true",
      })
  void aLeaseIsTakenWhenItIsFreeOrHasEnded(String found, int seconds, boolean taken)
      throws IOException {
    Path file = folder.resolve("leader.4");
    switch (found) {
      case "free" -> {}
      case "held", "renewed" -> Files.writeString(file, HELD);
      case "released" -> Files.writeString(file, HELD.replace("held", "released"));
      case "empty" -> Files.createFile(file);
      case "torn" -> Files.writeString(file, HELD.substring(0, 60));
      case "another file" -> Files.writeString(folder.resolve("leader.x"), HELD);
      default -> throw new AssertionError(found);
    }
    Lease lease = first();
    lease.look();
    pass(Duration.ofSeconds(seconds));
    if (found.equals("renewed")) {
      Files.writeString(file, HELD.replace("count 3", "count 4"));
    }
    lease.look();
    assertThat(lease.isHeld()).isEqualTo(taken);
    assertThat(lease.leader())
        .isEqualTo(
            taken ? "first/1" : found.equals("held") || found.equals("renewed") ? "other/7" : "");
  }

  @Test
  void anOwnLeaseIsRenewedForAsLongAsItsOwnerLooks() throws IOException {
    Lease lease = first();
    Lease other = second();
    for (int i = 0; i < 100; i++) {
      lease.look();
      other.look();
      assertThat(lease.isHeld()).isTrue();
      assertThat(other.isHeld()).isFalse();
      assertThat(other.leader()).isEqualTo("first/1");
      pass(Duration.ofSeconds(5));
    }
    assertThat(files()).containsExactly("leader.1");
    assertThat(Files.getPosixFilePermissions(folder.resolve("leader.1")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void anOwnerThatIsHeldUpStopsBeforeAnotherBegins() throws IOException {
    Lease lease = first();
    Lease other = second();
    lease.look();
    other.look();
    pass(Duration.ofSeconds(15));
    assertThat(lease.isHeld()).isFalse();
    other.look();
    assertThat(other.isHeld()).isFalse();
    pass(Duration.ofSeconds(5));
    other.look();
    assertThat(other.isHeld()).isTrue();
    // It goes on, and sees that it leads no more.
    lease.look();
    assertThat(lease.isHeld()).isFalse();
    assertThat(lease.leader()).isEqualTo("second/2");
    assertThat(files()).containsExactly("leader.2");
  }

  @Test
  void anOwnerThatIsHeldUpAndNotReplacedWaitsAsOthersDo() throws IOException {
    Lease lease = first();
    lease.look();
    pass(Duration.ofHours(1));
    lease.look();
    assertThat(lease.isHeld()).isFalse();
    pass(Duration.ofSeconds(20));
    lease.look();
    assertThat(lease.isHeld()).isTrue();
  }

  @Test
  void clocksOfReplicasAreNotCompared() throws IOException {
    Lease lease = first();
    Lease other = second();
    lease.look();
    other.look();
    // The other machine was suspended in between, or its clock is far ahead.
    otherClock.advance(Duration.ofDays(400));
    lease.look();
    other.look();
    assertThat(other.isHeld()).as("the text has changed").isFalse();
    assertThat(lease.isHeld()).isTrue();
  }

  @Test
  void aReleasedLeaseIsTakenAtOnce() throws IOException {
    Lease lease = first();
    Lease other = second();
    lease.look();
    other.look();
    lease.release();
    assertThat(lease.isHeld()).isFalse();
    other.look();
    assertThat(other.isHeld()).isTrue();
    lease.look();
    assertThat(lease.isHeld()).isFalse();
    assertThat(files()).containsExactly("leader.2");
  }

  @Test
  void leasesAndDraftsOfThoseBeforeAreRemoved() throws IOException {
    Files.writeString(folder.resolve("leader.7"), HELD);
    Files.writeString(folder.resolve("leader.9"), HELD.replace("held", "released"));
    Files.writeString(folder.resolve(".draft"), "");
    Files.writeString(folder.resolve("readme"), "");
    Lease lease = first();
    lease.look();
    assertThat(lease.isHeld()).isTrue();
    assertThat(files()).containsExactly("leader.10", "readme");
  }

  // ---- what happens in the middle of a step

  /** Clock that runs something at its next reading but so many. */
  private LongSupplier at(int reading, Runnable event) {
    AtomicInteger readings = new AtomicInteger();
    return () -> {
      if (readings.getAndIncrement() == reading) {
        event.run();
      }
      return clock.now;
    };
  }

  private static void look(Lease lease) {
    try {
      lease.look();
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  private static void release(Lease lease) {
    try {
      lease.release();
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  @Test
  void oneThatWasLateTakesNothingFromTheNextButOne() throws IOException {
    Files.writeString(folder.resolve("leader.4"), HELD.replace("held", "released"));
    Lease next = first();
    Lease afterIt = second();
    // Between its look at the store and its own file, two others have had the lease.
    Lease late =
        new Lease(
            new SharedFolder(folder),
            "late/3",
            at(
                0,
                () -> {
                  look(next);
                  release(next);
                  look(afterIt);
                }));
    late.look();
    assertThat(late.isHeld()).isFalse();
    assertThat(afterIt.isHeld()).isTrue();
    assertThat(files()).containsExactly("leader.6");
    afterIt.look();
    assertThat(afterIt.isHeld()).isTrue();
  }

  @Test
  void aRenewalThatTookTooLongIsNoRenewal() throws IOException {
    Files.writeString(folder.resolve("leader.4"), HELD.replace("held", "released"));
    // Readings: at the look, at the creation, at the begin of the renewal, at its end.
    Lease lease =
        new Lease(
            new SharedFolder(folder),
            "first/1",
            at(3, () -> clock.advance(Duration.ofSeconds(10))));
    lease.look();
    clock.advance(Duration.ofSeconds(5));
    lease.look();
    assertThat(lease.isHeld()).isFalse();
    assertThat(files()).containsExactly("leader.5");
  }

  @Test
  void ofSeveralThatSeeAnEndedLeaseOneTakesIt() throws Exception {
    for (int round = 0; round < 20; round++) {
      Files.writeString(folder.resolve("leader.1000"), HELD.replace("held", "released"));
      AtomicInteger holders = new AtomicInteger();
      CyclicBarrier together = new CyclicBarrier(8);
      List<Thread> threads =
          IntStream.range(0, 8)
              .mapToObj(
                  i ->
                      Thread.ofPlatform()
                          .start(
                              () -> {
                                Lease lease = replica("r/" + i, clock);
                                try {
                                  together.await();
                                  lease.look();
                                } catch (Exception failed) {
                                  holders.addAndGet(100);
                                }
                                if (lease.isHeld()) {
                                  holders.incrementAndGet();
                                }
                              }))
              .toList();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(holders).hasValue(1);
      for (String name : files()) {
        Files.delete(folder.resolve(name));
      }
    }
  }
}
