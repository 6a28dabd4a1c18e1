package sallyport.net.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.config.http.PingsConfig;

/** When a connection is asked whether it lives, and when it is given up, by a standing clock. */
class KeepAliveTest {
  private static final int INTERVAL = 10;
  private static final int TIMEOUT = 5;

  /** Longer than the longest pause between two PINGs, and than the silence before the first. */
  private static final int FAR_APART = 320;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private int pings;
  private int losses;
  private boolean backlog;

  private final KeepAlive.Connection connection =
      new KeepAlive.Connection() {
        @Override
        public boolean hasBacklog() {
          return backlog;
        }

        @Override
        public void ping() {
          pings++;
        }

        @Override
        public void lost() {
          losses++;
        }
      };

  private final KeepAlive keepAlive = keepAlive(INTERVAL);

  private KeepAlive keepAlive(int interval) {
    channel.freezeTime();
    return new KeepAlive(
        channel.eventLoop(),
        new PingsConfig(Duration.ofSeconds(interval), Duration.ofSeconds(TIMEOUT)),
        connection);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      channel.advanceTimeBy(1, TimeUnit.SECONDS);
      channel.runPendingTasks();
    }
  }

  private void passAnswering(int seconds) {
    for (int i = 0; i < seconds; i++) {
      int before = pings;
      pass(1);
      if (pings > before) {
        answer();
      }
    }
  }

  private void answer() {
    keepAlive.answered();
    keepAlive.heard();
  }

  @Test
  void aSilentConnectionIsAskedAndGivenUp() {
    keepAlive.watch();
    pass(INTERVAL - 1);
    assertThat(pings).isZero();
    pass(1);
    assertThat(pings).isEqualTo(1);
    pass(TIMEOUT - 1);
    assertThat(losses).isZero();
    pass(1);
    assertThat(losses).isEqualTo(1);
    pass(10_000);
    assertThat(pings).isEqualTo(1);
    assertThat(losses).isEqualTo(1);
  }

  @Test
  void oneThatIsHeardIsNotAsked() {
    keepAlive.watch();
    for (int i = 0; i < 20; i++) {
      pass(INTERVAL / 2);
      keepAlive.heard();
    }
    assertThat(pings).isZero();
  }

  @Test
  void anyOctetIsAnAnswer() {
    keepAlive.watch();
    pass(INTERVAL);
    keepAlive.heard();
    pass(TIMEOUT);
    assertThat(losses).isZero();
    pass(INTERVAL);
    assertThat(pings).isEqualTo(2);
  }

  @Test
  void oneWithoutStreamsIsNotAsked() {
    pass(1000);
    keepAlive.watch();
    keepAlive.unwatch();
    // The pause was long enough to ask once; the answer ends that.
    answer();
    pass(1000);
    assertThat(pings).isEqualTo(1);
    assertThat(losses).isZero();
  }

  @Test
  void oneThatIsUsedAfterALongPauseIsAskedAtOnce() {
    keepAlive.watch();
    keepAlive.unwatch();
    pass(INTERVAL - 1);
    keepAlive.watch();
    assertThat(pings).isZero();
    keepAlive.unwatch();
    pass(INTERVAL);
    keepAlive.watch();
    assertThat(pings).isEqualTo(1);
    pass(TIMEOUT);
    assertThat(losses).isEqualTo(1);
  }

  @Test
  void oneInDoubtIsAskedAtOnceAndAlsoWithoutStreams() {
    keepAlive.watch();
    keepAlive.heard();
    keepAlive.ask();
    keepAlive.ask();
    keepAlive.unwatch();
    assertThat(pings).isEqualTo(1);
    pass(TIMEOUT);
    assertThat(losses).isEqualTo(1);
  }

  /** Or servers of gRPC would take it for abuse. */
  @Test
  void aLongSilenceHasTwoPingsAndThenOneInMoreThanFiveMinutes() {
    keepAlive.watch();
    passAnswering(300);
    assertThat(pings).isEqualTo(2);
    passAnswering(900);
    assertThat(pings).isEqualTo(5);
    // What is no answer begins anew.
    keepAlive.heard();
    passAnswering(FAR_APART + 4 * INTERVAL);
    assertThat(pings).isGreaterThanOrEqualTo(6);
    assertThat(losses).isZero();
  }

  @Test
  void oneThatHasStillToTakeWhatWasWrittenIsLeftAlone() {
    backlog = true;
    keepAlive.watch();
    pass(100 * INTERVAL);
    assertThat(pings).isZero();
    backlog = false;
    pass(INTERVAL);
    assertThat(pings).isEqualTo(1);
    backlog = true;
    pass(100 * TIMEOUT);
    assertThat(losses).isZero();
    backlog = false;
    pass(TIMEOUT);
    assertThat(losses).isEqualTo(1);
  }

  @Test
  void anIntervalOfZeroAsksForNothing() {
    KeepAlive off = keepAlive(0);
    off.watch();
    off.ask();
    pass(1000);
    off.unwatch();
    off.watch();
    assertThat(pings).isZero();
    assertThat(losses).isZero();
  }
}
