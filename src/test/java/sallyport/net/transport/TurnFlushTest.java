package sallyport.net.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Turns of an event loop, one by one. */
class TurnFlushTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final AtomicInteger flushes = new AtomicInteger();
  private final TurnFlush flush = new TurnFlush(channel.eventLoop(), flushes::incrementAndGet);

  @Test
  void allThatIsWrittenInOneTurnGoesOutTogether() {
    flush.request();
    flush.request();
    flush.request();
    assertThat(flushes).hasValue(0);
    channel.runPendingTasks();
    assertThat(flushes).hasValue(1);
    channel.runPendingTasks();
    assertThat(flushes).hasValue(1);
  }

  @Test
  void theNextTurnFlushesAnew() {
    flush.request();
    channel.runPendingTasks();
    flush.request();
    channel.runPendingTasks();
    assertThat(flushes).hasValue(2);
  }

  @Test
  void whatIsWrittenDuringAReadIsLeftToTheFlushAtItsEnd() {
    flush.beginRead();
    flush.request();
    channel.runPendingTasks();
    assertThat(flushes).hasValue(0);
    flush.endRead();
    flush.request();
    channel.runPendingTasks();
    assertThat(flushes).hasValue(1);
  }
}
