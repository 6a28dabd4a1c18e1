package sallyport.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sallyport.config.PaceConfig;
import sallyport.http.Failure;

/** Exchanges that are numbers, by a clock that stands: 100 B/s both ways over windows of 10 s. */
class PaceKeeperTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final PaceKeeper keeper =
      new PaceKeeper(channel.eventLoop(), new PaceConfig(100, 100, Duration.ofSeconds(10)));

  /** Leaves when it is found too slow, as an exchange does. */
  private final class Body implements Paced {
    final PaceKeeper.Place place = keeper.enter(this);
    final List<Failure.Client> failures = new ArrayList<>();
    long requested;
    long delivered;
    long rate = 100;
    boolean awaitsClient;
    boolean hasBacklog;

    @Override
    public long requestBytes() {
      return requested;
    }

    @Override
    public boolean awaitsClient() {
      return awaitsClient;
    }

    @Override
    public long minRequestRate() {
      return rate;
    }

    @Override
    public long deliveredBytes() {
      return delivered;
    }

    @Override
    public boolean hasBacklog() {
      return hasBacklog;
    }

    @Override
    public void tooSlow(Failure.Client failure) {
      failures.add(failure);
      keeper.leave(place);
    }
  }

  @BeforeEach
  void stopTheClock() {
    channel.freezeTime();
  }

  /** Two seconds at a time, which is how often it looks. */
  private void pass(int seconds) {
    for (int i = 0; i < seconds; i += 2) {
      channel.advanceTimeBy(2, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
    }
  }

  @Test
  void aBodyBelowTheRateIsEndedAfterAWindow() {
    Body body = new Body();
    body.awaitsClient = true;
    pass(10);
    body.requested = 999;
    assertThat(body.failures).isEmpty();
    pass(2);
    assertThat(body.failures).containsExactly(Failure.Client.BODY_TOO_SLOW);
  }

  @Test
  void aBodyAtTheRateGoesOn() {
    Body body = new Body();
    body.awaitsClient = true;
    for (int window = 0; window < 10; window++) {
      pass(10);
      body.requested += 1000;
    }
    pass(2);
    assertThat(body.failures).isEmpty();
  }

  /** A fast beginning is no credit for later. */
  @Test
  void eachWindowIsJudgedAlone() {
    Body body = new Body();
    body.awaitsClient = true;
    body.requested = 1_000_000;
    pass(12);
    assertThat(body.failures).isEmpty();
    pass(10);
    assertThat(body.failures).containsExactly(Failure.Client.BODY_TOO_SLOW);
  }

  @Test
  void aWindowBeginsAnewWhenItIsNotTheClientsTurn() {
    Body body = new Body();
    body.awaitsClient = true;
    pass(8);
    body.awaitsClient = false;
    pass(2);
    body.awaitsClient = true;
    pass(10);
    assertThat(body.failures).isEmpty();
    pass(2);
    assertThat(body.failures).containsExactly(Failure.Client.BODY_TOO_SLOW);
  }

  @Test
  void aClientThatTakesItsResponseTooSlowlyIsEnded() {
    Body body = new Body();
    body.hasBacklog = true;
    pass(10);
    body.delivered = 999;
    pass(2);
    assertThat(body.failures).containsExactly(Failure.Client.READ_TOO_SLOW);
  }

  @Test
  void aResponseOfWhichNothingWaitsIsNotJudged() {
    Body body = new Body();
    pass(100);
    assertThat(body.failures).isEmpty();
  }

  @Test
  void anExchangeMayHaveNoLeastRate() {
    Body body = new Body();
    body.rate = 0;
    body.awaitsClient = true;
    pass(100);
    assertThat(body.failures).isEmpty();
  }

  @Test
  void exchangesLeaveInAnyOrderWhileTheyAreLookedAt() {
    List<Body> slow = List.of(new Body(), new Body(), new Body());
    Body patient = new Body();
    Body last = new Body();
    slow.forEach(body -> body.awaitsClient = true);
    last.awaitsClient = true;
    pass(12);
    assertThat(slow).allSatisfy(body -> assertThat(body.failures).hasSize(1));
    assertThat(last.failures).hasSize(1);
    assertThat(patient.failures).isEmpty();
    patient.hasBacklog = true;
    pass(12);
    assertThat(patient.failures).containsExactly(Failure.Client.READ_TOO_SLOW);
  }

  @Test
  void itLooksNoMoreWhenAllHaveLeft() {
    Body body = new Body();
    keeper.leave(body.place);
    pass(2);
    assertThat(channel.runScheduledPendingTasks()).as("time until the next task").isEqualTo(-1);
  }
}
