package sallyport.tls.hello;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.config.tls.HandshakesConfig;

class HandshakeTurnsTest {
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = (EventLoop) group.next();
  private final HandshakeTurns turns = new HandshakeTurns(loop, new HandshakesConfig(4, 2));

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
}
