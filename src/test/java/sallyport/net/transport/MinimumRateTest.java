package sallyport.net.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.config.listener.PaceConfig;

/**
 * Exchanges that are numbers, by a clock that stands: 100 B/s both ways over windows of 10 s, and
 * pauses of up to 30 s. It looks every 2 s.
 */
class MinimumRateTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final MinimumRate keeper =
      new MinimumRate(
          channel.eventLoop(),
          new PaceConfig(100, 100, Duration.ofSeconds(10)),
          Duration.ofSeconds(30));

  enum Way {
    REQUEST,
    RESPONSE
  }

  /** Leaves when it is found too slow, as an exchange does. */
  private class Body implements TransferProgress {
    final MinimumRate.Place place = keeper.enter(this);
    final List<Way> failures = new ArrayList<>();
    final Way way;
    long bytes;
    long rate = 100;
    boolean clientsTurn;

    Body(Way way) {
      this.way = way;
    }

    @Override
    public long requestBytes() {
      return way == Way.REQUEST ? bytes : 0;
    }

    @Override
    public boolean awaitsClient() {
      return clientsTurn && way == Way.REQUEST;
    }

    @Override
    public long minRequestRate() {
      return rate;
    }

    @Override
    public long deliveredBytes() {
      return way == Way.RESPONSE ? bytes : 0;
    }

    @Override
    public boolean hasBacklog() {
      return clientsTurn && way == Way.RESPONSE;
    }

    @Override
    public void requestTooSlow() {
      failures.add(Way.REQUEST);
      keeper.leave(place);
    }

    @Override
    public void responseTooSlow() {
      failures.add(Way.RESPONSE);
      keeper.leave(place);
    }

    /** Moves this many bytes every 2 s; from now on it is the client's turn. */
    void move(int seconds, int bytesPerLook) {
      for (int i = 0; i < seconds; i += 2) {
        bytes += bytesPerLook;
        pass(2);
      }
    }

    void assertGoesOn() {
      assertThat(failures).isEmpty();
    }

    void assertTooSlow() {
      assertThat(failures).containsExactly(way);
    }
  }

  @BeforeEach
  void stopTheClock() {
    channel.freezeTime();
  }

  private Body begin(Way way) {
    Body body = new Body(way);
    body.clientsTurn = true;
    // The first look is where the first window begins.
    pass(2);
    return body;
  }

  /** Two seconds at a time, which is how often it looks. */
  private void pass(int seconds) {
    for (int i = 0; i < seconds; i += 2) {
      channel.advanceTimeBy(2, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aTrickleIsEndedAfterAWindow(Way way) {
    Body body = begin(way);
    body.move(8, 199);
    body.assertGoesOn();
    body.move(2, 199);
    body.assertTooSlow();
  }

  @ParameterizedTest
  @EnumSource
  void aBodyAtTheRateGoesOn(Way way) {
    Body body = begin(way);
    body.move(100, 200);
    body.assertGoesOn();
  }

  @ParameterizedTest
  @EnumSource
  void aPauseMayLastAsLongAsTheIdleTimeout(Way way) {
    Body body = begin(way);
    for (int i = 0; i < 10; i++) {
      body.move(2, 1000);
      pass(30);
    }
    body.assertGoesOn();
  }

  @ParameterizedTest
  @EnumSource
  void aPauseIsNoLongerThanTheIdleTimeoutHoweverFastItWasBefore(Way way) {
    Body body = begin(way);
    body.move(2, 1_000_000);
    pass(30);
    body.assertGoesOn();
    pass(2);
    body.assertTooSlow();
  }

  @ParameterizedTest
  @EnumSource
  void theRateCountsOnlyTheTimeInWhichBytesMove(Way way) {
    Body body = begin(way);
    body.move(4, 200);
    pass(28);
    body.move(6, 200);
    body.assertGoesOn();
    pass(28);
    body.move(10, 200);
    body.assertGoesOn();
  }

  @ParameterizedTest
  @EnumSource
  void aByteBeforeEachTimeoutIsATrickleToo(Way way) {
    Body body = begin(way);
    pass(28);
    body.move(2, 1);
    body.assertGoesOn();
    pass(4);
    body.assertTooSlow();
  }

  @ParameterizedTest
  @EnumSource
  void noMixOfPausesAndDropsHoldsAnExchangeLongerThanAWindowAndAnIdleTimeout(Way way) {
    for (int pause = 0; pause <= 30; pause += 2) {
      for (int drops = 2; drops <= 30; drops += 2) {
        Body body = begin(way);
        int held = 0;
        while (body.failures.isEmpty()) {
          body.move(2, held % (pause + drops) < pause ? 0 : 1);
          held += 2;
        }
        assertThat(held).as("pauses of %s s, drops for %s s", pause, drops).isLessThanOrEqualTo(42);
      }
    }
  }

  /** A fast beginning is no credit for later. */
  @ParameterizedTest
  @EnumSource
  void eachWindowIsJudgedAlone(Way way) {
    Body body = begin(way);
    body.move(10, 100_000);
    body.move(8, 1);
    body.assertGoesOn();
    body.move(2, 1);
    body.assertTooSlow();
  }

  @ParameterizedTest
  @EnumSource
  void aWindowBeginsAnewWhenItIsNotTheClientsTurn(Way way) {
    Body body = begin(way);
    body.move(8, 1);
    pass(28);
    body.clientsTurn = false;
    pass(2);
    body.clientsTurn = true;
    pass(2);
    pass(30);
    body.assertGoesOn();
    pass(2);
    body.assertTooSlow();
  }

  /** What is added to a backlog takes away from what has been delivered by its framing. */
  @Test
  void aBacklogThatGrowsIsNoMovement() {
    Body body = begin(Way.RESPONSE);
    for (int i = 0; i < 15; i++) {
      body.move(2, -20);
    }
    body.assertGoesOn();
    body.move(2, -20);
    body.assertTooSlow();
  }

  @ParameterizedTest
  @EnumSource
  void outsideOfTheClientsTurnItIsNotJudged(Way way) {
    Body body = new Body(way);
    pass(1000);
    body.assertGoesOn();
  }

  @Test
  void anExchangeMayHaveNoLeastRate() {
    Body body = begin(Way.REQUEST);
    body.rate = 0;
    body.move(100, 1);
    body.assertGoesOn();
  }

  @Test
  void exchangesLeaveInAnyOrderWhileTheyAreLookedAt() {
    List<Body> slow = Stream.generate(() -> new Body(Way.REQUEST)).limit(3).toList();
    Body patient = new Body(Way.RESPONSE);
    Body last = new Body(Way.REQUEST);
    slow.forEach(body -> body.clientsTurn = true);
    last.clientsTurn = true;
    pass(34);
    assertThat(slow).allSatisfy(Body::assertTooSlow);
    last.assertTooSlow();
    patient.assertGoesOn();
    patient.clientsTurn = true;
    pass(34);
    patient.assertTooSlow();
  }

  /** As the close of a connection ends a delivery of the exchange before. */
  @Test
  void oneThatTakesTheNextWithItHidesNoOther() {
    Body older = new Body(Way.RESPONSE);
    Body next = new Body(Way.RESPONSE);
    Body slow =
        new Body(Way.RESPONSE) {
          @Override
          public void responseTooSlow() {
            super.responseTooSlow();
            keeper.leave(next.place);
          }
        };
    older.clientsTurn = true;
    slow.clientsTurn = true;
    pass(34);
    slow.assertTooSlow();
    next.assertGoesOn();
    older.assertTooSlow();
  }

  @Test
  void aShortIdleTimeoutIsHeldToBesideALongWindow() {
    MinimumRate quick =
        new MinimumRate(
            channel.eventLoop(),
            new PaceConfig(100, 0, Duration.ofHours(1)),
            Duration.ofSeconds(10));
    Body body = new Body(Way.RESPONSE);
    keeper.leave(body.place);
    body.clientsTurn = true;
    quick.enter(body);
    pass(12);
    body.assertGoesOn();
    pass(2);
    assertThat(body.failures).containsExactly(Way.RESPONSE);
  }

  @Test
  void itLooksNoMoreWhenAllHaveLeft() {
    Body body = new Body(Way.REQUEST);
    keeper.leave(body.place);
    pass(2);
    assertThat(channel.runScheduledPendingTasks()).as("time until the next task").isEqualTo(-1);
  }
}
