package sallyport.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.front.h1.Answers;

class HalfCloseHandlerTest {
  private static final int LIMIT_SECONDS = 8;

  /** What the client is owed, as a test says. */
  private static final class Owed implements Answers {
    boolean answering;
    boolean delivering;
    long delivered;
    int ends;

    @Override
    public boolean isAnswering() {
      return answering;
    }

    @Override
    public boolean isDelivering() {
      return delivering;
    }

    @Override
    public long deliveredBytes() {
      return delivered;
    }

    @Override
    public void end() {
      ends++;
    }
  }

  /** Takes down which events come through. */
  private static final class Heard extends ChannelInboundHandlerAdapter {
    final List<Object> events = new ArrayList<>();

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      events.add(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      events.add(cause);
    }
  }

  private final Owed owed = new Owed();
  private final Heard heard = new Heard();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(new HalfCloseHandler(Duration.ofSeconds(LIMIT_SECONDS), owed), heard);

  {
    channel.freezeTime();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void endOfInput() {
    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      channel.advanceTimeBy(1, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
    }
  }

  private void flush() {
    channel.flush();
    channel.runPendingTasks();
  }

  @Test
  void whereNothingIsOwedTheEndOfTheInputIsTheEnd() {
    endOfInput();
    assertThat(channel.isOpen()).isFalse();
    assertThat(owed.ends).isZero();
  }

  @Test
  void theHandlersBehindDoNotSeeTheEndOfTheInput() {
    owed.answering = true;
    endOfInput();
    channel.pipeline().fireUserEventTriggered("another");
    assertThat(channel.isOpen()).isTrue();
    assertThat(heard.events).containsExactly("another");
  }

  @Test
  void theConnectionEndsBehindTheLastAnswer() {
    owed.answering = true;
    endOfInput();
    flush();
    assertThat(owed.ends).as("still answering").isZero();
    owed.answering = false;
    flush();
    flush();
    assertThat(owed.ends).isEqualTo(1);
  }

  @Test
  void aRequestThatBeginsBehindAnAnswerIsAnsweredToo() {
    owed.answering = true;
    endOfInput();
    owed.answering = false;
    // Unlike the channel's own, it leaves the tasks for later.
    channel.pipeline().flush();
    owed.answering = true;
    channel.runPendingTasks();
    assertThat(owed.ends).isZero();
  }

  /** The next request waited for the client to take its answers, and is not whole. */
  @Test
  void aRequestThatBeginsWhenThereIsRoomIsLookedAt() {
    owed.answering = true;
    endOfInput();
    owed.answering = false;
    channel.pipeline().fireChannelWritabilityChanged();
    channel.runPendingTasks();
    assertThat(owed.ends).isEqualTo(1);
  }

  @Test
  void answersThatAreOnlyToBeTakenAreTheLast() {
    owed.delivering = true;
    endOfInput();
    assertThat(channel.isOpen()).isTrue();
    assertThat(owed.ends).isEqualTo(1);
    pass(LIMIT_SECONDS);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void withoutProgressTheClientIsGivenUp() {
    owed.answering = true;
    endOfInput();
    pass(LIMIT_SECONDS - 1);
    assertThat(channel.isOpen()).isTrue();
    pass(1);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anAnswerThatMakesProgressGoesOn() {
    owed.answering = true;
    endOfInput();
    for (int i = 0; i < 10; i++) {
      pass(LIMIT_SECONDS - 2);
      owed.delivered++;
    }
    assertThat(channel.isOpen()).isTrue();
    pass(LIMIT_SECONDS + 2);
    assertThat(channel.isOpen()).isFalse();
  }

  /** What is added to a backlog takes some away with its framing. */
  @Test
  void whatIsWrittenIsNoProgressBeforeItIsTaken() {
    owed.answering = true;
    owed.delivered = 100;
    endOfInput();
    for (int i = 0; i < LIMIT_SECONDS; i++) {
      owed.delivered = i % 2 == 0 ? 50 : 100;
      pass(1);
    }
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aResetIsTheEndAtOnce() {
    owed.answering = true;
    IOException reset = new IOException("Connection reset by peer");
    channel.pipeline().fireExceptionCaught(reset);
    endOfInput();
    assertThat(channel.isOpen()).isFalse();
    assertThat(heard.events).containsExactly(reset);
  }
}
