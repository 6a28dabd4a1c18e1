package sallyport.tls.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.net.ConnectionEvent;
import sallyport.testkit.TestClock;

class ExpiringConnectionTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private final TestClock clock = new TestClock(NOW);
  private final List<Object> seen = new ArrayList<>();
  private final EmbeddedChannel connection =
      new EmbeddedChannel(
          new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
              seen.add(event);
            }
          });

  ExpiringConnectionTest() {
    connection.freezeTime();
  }

  @AfterEach
  void close() {
    connection.close();
  }

  private void watch(Duration left) {
    ExpiringConnection.watch(connection, NOW.plus(left), clock, () -> seen.add("expired"));
  }

  private void pass(Duration time) {
    clock.advance(time);
    connection.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    connection.runScheduledPendingTasks();
  }

  @Test
  void nothingHappensWhileTheCertificateIsValid() {
    watch(Duration.ofSeconds(30));
    pass(Duration.ofSeconds(30));
    assertThat(seen).isEmpty();
    assertThat(connection.isOpen()).isTrue();
  }

  @Test
  void anExpiredClientFinishesAndIsThenCut() {
    watch(Duration.ofSeconds(30));
    pass(Duration.ofSeconds(30).plusMillis(1));
    assertThat(seen).containsExactly("expired", ConnectionEvent.RETIRE);
    pass(Duration.ofSeconds(1));
    assertThat(seen).containsExactly("expired", ConnectionEvent.RETIRE, ConnectionEvent.DRAIN);
    pass(ExpiringConnection.GRACE.minusMillis(1));
    assertThat(connection.isOpen()).isTrue();
    pass(Duration.ofMillis(1));
    assertThat(connection.isOpen()).isFalse();
    assertThat(seen).hasSize(3);
  }

  @Test
  void aClockThatWasSetForwardIsNoticedWithinTheLongestWait() {
    watch(Duration.ofDays(300));
    clock.advance(Duration.ofDays(301));
    connection.advanceTimeBy(ExpiringConnection.LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS);
    connection.runScheduledPendingTasks();
    assertThat(seen).containsExactly("expired", ConnectionEvent.RETIRE);
  }

  @Test
  void aLongLifeIsWaitedForInSteps() {
    watch(Duration.ofDays(2));
    for (int hour = 0; hour < 48; hour++) {
      pass(Duration.ofHours(1));
      assertThat(seen).isEmpty();
    }
    pass(Duration.ofMillis(1));
    assertThat(seen).isNotEmpty();
  }

  @Test
  void aClosedConnectionLeavesNoTimer() {
    watch(Duration.ofSeconds(30));
    connection.close();
    pass(Duration.ofHours(2));
    assertThat(seen).isEmpty();
    assertThat(connection.runScheduledPendingTasks()).isEqualTo(-1);
  }
}
