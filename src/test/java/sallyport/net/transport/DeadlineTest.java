package sallyport.net.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** By the clock of an event loop, which stands until a test moves it. */
class DeadlineTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final AtomicInteger fired = new AtomicInteger();
  private final Deadline deadline = new Deadline(channel.eventLoop(), fired::incrementAndGet);

  @BeforeEach
  void stopTheClock() {
    channel.freezeTime();
  }

  private void pass(long nanos) {
    channel.advanceTimeBy(nanos, TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
  }

  @Test
  void firesOnceWhenItsTimeHasPassed() {
    deadline.arm(100);
    pass(99);
    assertThat(fired).hasValue(0);
    pass(1);
    assertThat(fired).hasValue(1);
    pass(1000);
    assertThat(fired).hasValue(1);
  }

  @Test
  void doesNotFireAtTheTimeFromWhichItWasMovedLater() {
    deadline.arm(100);
    pass(60);
    deadline.arm(100);
    pass(99);
    assertThat(fired).hasValue(0);
    pass(1);
    assertThat(fired).hasValue(1);
  }

  @Test
  void firesAtTheTimeToWhichItWasMovedEarlier() {
    deadline.arm(100);
    deadline.arm(10);
    pass(10);
    assertThat(fired).hasValue(1);
    pass(1000);
    assertThat(fired).hasValue(1);
  }

  @Test
  void doesNotFireOnceItIsCleared() {
    deadline.arm(100);
    deadline.clear();
    pass(1000);
    assertThat(fired).hasValue(0);
  }

  @Test
  void firesAgainWhenItIsArmedAgain() {
    deadline.arm(100);
    pass(50);
    deadline.clear();
    deadline.arm(100);
    pass(50);
    assertThat(fired).hasValue(0);
    pass(50);
    deadline.arm(100);
    pass(100);
    assertThat(fired).hasValue(2);
  }

  @Test
  void leavesNoTaskBehindWhenItIsClosed() {
    deadline.arm(100);
    deadline.close();
    assertThat(channel.hasPendingTasks()).isFalse();
    assertThat(channel.runScheduledPendingTasks()).as("time until the next task").isEqualTo(-1);
  }

  @Test
  void canBeArmedAnewWhereItFires() {
    AtomicInteger times = new AtomicInteger();
    Deadline[] periodic = new Deadline[1];
    periodic[0] =
        new Deadline(
            channel.eventLoop(),
            () -> {
              times.incrementAndGet();
              periodic[0].arm(100);
            });
    periodic[0].arm(100);
    pass(100);
    pass(100);
    pass(100);
    assertThat(times).hasValue(3);
  }
}
