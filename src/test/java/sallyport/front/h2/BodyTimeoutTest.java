package sallyport.front.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sallyport.net.transport.StreamTimers;

/** The body of one stream's request by a clock that stands: it may stand still for 20 s. */
class BodyTimeoutTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private boolean reading = true;
  private int expired;
  private BodyTimeout timeout;

  @BeforeEach
  void start() {
    channel.freezeTime();
    timeout =
        new BodyTimeout(
            new StreamTimers(channel.eventLoop()),
            TimeUnit.SECONDS.toNanos(20),
            () -> reading,
            () -> expired++);
  }

  @AfterEach
  void close() {
    timeout.close();
    channel.finishAndReleaseAll();
  }

  private static HttpRequest head() {
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
  }

  private void piece() {
    timeout.onRequestPart(new DefaultHttpContent(Unpooled.EMPTY_BUFFER));
    timeout.onReadComplete();
  }

  private void pass(int seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runPendingTasks();
  }

  @Test
  void aBodyThatStandsStillExpiresOnce() {
    timeout.onRequestPart(head());
    timeout.onReadComplete();
    pass(19);
    assertThat(expired).isZero();
    pass(1);
    assertThat(expired).isEqualTo(1);
    pass(100);
    assertThat(expired).isEqualTo(1);
  }

  @Test
  void eachPieceBeginsTheTimeAnew() {
    timeout.onRequestPart(head());
    timeout.onReadComplete();
    for (int i = 0; i < 5; i++) {
      pass(15);
      piece();
    }
    assertThat(expired).isZero();
    pass(20);
    assertThat(expired).isEqualTo(1);
  }

  @Test
  void nothingIsAwaitedBehindTheEndOfTheRequest() {
    timeout.onRequestPart(head());
    timeout.onRequestPart(LastHttpContent.EMPTY_LAST_CONTENT);
    timeout.onReadComplete();
    pass(100);
    assertThat(expired).isZero();
  }

  @Test
  void aClientThatWaitsFor100HasNoTimeUntilItComes() {
    HttpRequest head = head();
    head.headers().set("expect", "100-continue");
    timeout.onRequestPart(head);
    timeout.onReadComplete();
    pass(100);
    timeout.onInterim(103);
    pass(100);
    assertThat(expired).isZero();
    timeout.onInterim(100);
    pass(20);
    assertThat(expired).isEqualTo(1);
  }

  @Test
  void whileTheGatewayDoesNotReadItIsNotTheClientsTurn() {
    timeout.onRequestPart(head());
    timeout.onReadComplete();
    reading = false;
    pass(20);
    pass(20);
    assertThat(expired).isZero();
    reading = true;
    pass(20);
    assertThat(expired).isEqualTo(1);
  }

  @Test
  void afterTheHeadOfTheResponseNothingIsAwaited() {
    timeout.onRequestPart(head());
    timeout.onReadComplete();
    timeout.clear();
    piece();
    pass(100);
    assertThat(expired).isZero();
  }
}
