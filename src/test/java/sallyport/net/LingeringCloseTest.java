package sallyport.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A connection whose answer comes before the end of the request, by a clock that stands. */
class LingeringCloseTest {
  private static final int NO_TASK = -1;

  private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
  private final ChannelPromise written = channel.newPromise();

  @BeforeEach
  void answerEarly() {
    channel.freezeTime();
    ChannelHandlerContext ctx = Objects.requireNonNull(channel.pipeline().firstContext());
    LingeringClose.after(ctx, written);
  }

  private void pass(int seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  @Test
  void itLingersOnceTheClientHasTakenTheAnswer() {
    pass(60);
    assertThat(channel.isOpen()).isTrue();
    written.setSuccess();
    pass(4);
    assertThat(channel.isOpen()).isTrue();
    pass(1);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void nothingIsKeptOfAConnectionThatHasClosed() {
    written.setSuccess();
    channel.close();
    assertThat(channel.runScheduledPendingTasks()).isEqualTo(NO_TASK);
  }
}
