package sallyport.tls.hello;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.config.tls.HandshakesConfig;

class HandshakeTurnsTest {
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = (EventLoop) group.next();
  private final AtomicLong now = new AtomicLong(5);
  private final HandshakeTurns turns =
      new HandshakeTurns(loop, new HandshakesConfig(4, 2, Duration.ofSeconds(1)), now::get);

  @AfterEach
  void stop() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private <T> T onLoop(Callable<T> what) throws Exception {
    return loop.submit(what).get(20, TimeUnit.SECONDS);
  }

  private Future<Void> ask(int weight, boolean resumption) {
    return Objects.requireNonNull(turns.ask(weight, resumption));
  }

  @Test
  void whatHasRoomBeginsAtOnce() throws Exception {
    assertThat(onLoop(() -> ask(1, false).isDone() && ask(3, false).isDone())).isTrue();
  }

  @Test
  void whatIsOverTheTurnWaitsUntilOthersHadTheirs() throws Exception {
    List<String> order = new ArrayList<>();
    Future<Void> waiting =
        onLoop(
            () -> {
              ask(4, false);
              Future<Void> later = ask(1, false);
              assertThat(later.isDone()).isFalse();
              later.addListener(begun -> order.add("handshake"));
              loop.execute(() -> order.add("other work"));
              return later;
            });
    assertThat(waiting.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(onLoop(() -> List.copyOf(order))).containsExactly("other work", "handshake");
  }

  @Test
  void aHeavyOneBeginsEvenWhereItWeighsMoreThanATurn() throws Exception {
    Future<Void> heavy =
        onLoop(
            () -> {
              ask(4, false);
              return ask(16, false);
            });
    assertThat(heavy.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void tooManyThatWaitAreRefused() throws Exception {
    assertThat(
            onLoop(
                () -> {
                  ask(4, false);
                  ask(1, false);
                  ask(1, false);
                  return turns.ask(1, false) == null;
                }))
        .isTrue();
  }

  @Test
  void fullOnesDoNotStandInTheWayOfResumedOnes() throws Exception {
    assertThat(
            onLoop(
                () -> {
                  ask(4, false);
                  ask(1, false);
                  return ask(1, true).isDone();
                }))
        .isTrue();
  }

  @Test
  void whoGaveUpTakesNoPlaceInTheTurn() throws Exception {
    Future<Void> last =
        onLoop(
            () -> {
              ask(4, false);
              ask(4, false).cancel(false);
              return ask(4, false);
            });
    assertThat(last.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(last.isSuccess()).isTrue();
  }

  /** The time passes in the turn of the loop in which it asks, before the next one begins. */
  private Future<Void> waitingFor(Duration time) throws Exception {
    Future<Void> waiting =
        onLoop(
            () -> {
              ask(4, false);
              Future<Void> later = ask(1, false);
              now.addAndGet(time.toNanos());
              return later;
            });
    assertThat(waiting.await(20, TimeUnit.SECONDS)).isTrue();
    return waiting;
  }

  @Test
  void oneThatHasWaitedTooLongIsGivenUp() throws Exception {
    assertThat(waitingFor(Duration.ofSeconds(1)).isSuccess()).isTrue();
    assertThat(waitingFor(Duration.ofSeconds(1).plusNanos(1)).isCancelled()).isTrue();
  }

  @Test
  void anEmptyQueueEndsTheOverload() throws Exception {
    waitingFor(Duration.ofSeconds(9));
    assertThat(waitingFor(Duration.ofSeconds(1)).isSuccess()).isTrue();
  }

  /** Every handshake takes a whole turn, and one more comes in each. */
  @Test
  void inAnOverloadThatLastsATenthOfTheWaitIsTheMost() throws Exception {
    List<Future<Void>> all = new ArrayList<>();
    Future<Void> last =
        onLoop(
            () -> {
              ask(4, false);
              all.add(ask(4, false));
              int turnsToTake = 20;
              for (int i = 0; i < turnsToTake; i++) {
                now.addAndGet(Duration.ofMillis(60).toNanos());
                all.add(ask(4, false));
                turns.run();
              }
              return all.getLast();
            });
    assertThat(last.await(20, TimeUnit.SECONDS)).isTrue();
    // Each waits for 60 ms, for one turn.
    assertThat(all).allMatch(Future::isSuccess);
    assertThat(waitingAfterAnOverload(Duration.ofMillis(101)).isCancelled()).isTrue();
    assertThat(waitingAfterAnOverload(Duration.ofMillis(99)).isSuccess()).isTrue();
  }

  /** The last one of a queue that has not been empty for more than a second. */
  private Future<Void> waitingAfterAnOverload(Duration time) throws Exception {
    return onLoop(
        () -> {
          ask(4, false);
          ask(4, false);
          for (int i = 0; i < 20; i++) {
            now.addAndGet(Duration.ofMillis(60).toNanos());
            ask(4, false);
            turns.run();
          }
          Future<Void> last = ask(1, false);
          now.addAndGet(time.toNanos());
          turns.run();
          turns.run();
          return last;
        });
  }
}
