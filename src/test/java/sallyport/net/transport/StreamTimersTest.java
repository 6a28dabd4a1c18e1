package sallyport.net.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** By the clock of an event loop, which stands until a test moves it. */
class StreamTimersTest {
  private static final int NO_TASK = -1;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final StreamTimers timers = new StreamTimers(channel.eventLoop());
  private final List<String> expired = new ArrayList<>();
  private StreamTimers.@Nullable Timer other;

  StreamTimersTest() {
    channel.freezeTime();
  }

  private StreamTimers.Timer timer(String name) {
    return timers.timer(() -> expired.add(name));
  }

  private void pass(long nanos) {
    channel.advanceTimeBy(nanos, TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
  }

  @Test
  void eachExpiresOnceInItsTime() {
    timer("late").arm(200);
    timer("early").arm(100);
    timer("never");
    pass(99);
    assertThat(expired).isEmpty();
    pass(1);
    assertThat(expired).containsExactly("early");
    pass(99);
    assertThat(expired).containsExactly("early");
    pass(1);
    pass(1000);
    assertThat(expired).containsExactly("early", "late");
  }

  @Test
  void oneThatIsArmedAnewExpiresLater() {
    StreamTimers.Timer moved = timer("moved");
    moved.arm(100);
    pass(60);
    moved.arm(100);
    pass(99);
    assertThat(expired).isEmpty();
    pass(1);
    assertThat(expired).containsExactly("moved");
  }

  @Test
  void oneThatIsClearedExpiresOnlyWhenArmedAnew() {
    StreamTimers.Timer cleared = timer("cleared");
    cleared.arm(100);
    cleared.clear();
    pass(1000);
    assertThat(expired).isEmpty();
    cleared.arm(100);
    pass(100);
    assertThat(expired).containsExactly("cleared");
  }

  @Test
  void theOthersExpireWhenOneIsClosed() {
    StreamTimers.Timer first = timer("first");
    first.arm(100);
    timer("second").arm(100);
    StreamTimers.Timer last = timer("last");
    last.arm(100);
    first.close();
    first.close();
    pass(100);
    assertThat(expired).containsExactlyInAnyOrder("second", "last");
    last.arm(100);
    pass(100);
    assertThat(expired).hasSize(3);
  }

  /** As a stream whose end ends the others of its connection. */
  @Test
  void oneThatExpiresMayCloseTheNext() {
    timers
        .timer(
            () -> {
              expired.add("first");
              Objects.requireNonNull(other).close();
            })
        .arm(100);
    other = timer("other");
    other.arm(100);
    pass(1000);
    assertThat(expired).containsExactly("first");
  }

  @Test
  void oneThatExpiresMayArmItselfAnew() {
    other =
        timers.timer(
            () -> {
              expired.add("again");
              Objects.requireNonNull(other).arm(100);
            });
    other.arm(100);
    pass(100);
    pass(100);
    pass(99);
    assertThat(expired).hasSize(2);
    pass(1);
    assertThat(expired).hasSize(3);
  }

  @Test
  void nothingIsLeftOfAConnectionThatHasClosed() {
    StreamTimers.Timer armed = timer("armed");
    armed.arm(100);
    timers.close();
    armed.close();
    assertThat(channel.runScheduledPendingTasks()).isEqualTo(NO_TASK);
    pass(1000);
    assertThat(expired).isEmpty();
  }
}
