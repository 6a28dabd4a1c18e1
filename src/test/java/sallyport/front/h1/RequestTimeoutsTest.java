package sallyport.front.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sallyport.config.listener.LimitsConfig;
import sallyport.net.ConnectionEvent;
import sallyport.net.Failure;
import sallyport.testkit.Parsed;

/** One connection by a clock that stands: heads have 10 s, bodies 20 s, idleness 60 s. */
class RequestTimeoutsTest {
  private static final LimitsConfig LIMITS =
      Parsed.limits("header-timeout = 10s, body-idle-timeout = 20s, keep-alive-timeout = 60s");

  private final List<Object> events = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  @BeforeEach
  void connect() {
    channel.freezeTime();
    RequestTimeouts timeouts = new RequestTimeouts(LIMITS);
    channel
        .pipeline()
        .addLast(
            timeouts.wire(),
            timeouts,
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                events.add(event);
              }
            });
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void pass(int seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  private static HttpRequest head(HttpMethod method) {
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, "/");
  }

  private void receive(Object... messages) {
    channel.writeInbound(messages);
    channel.releaseInbound();
  }

  private void answer() {
    channel.writeOutbound(
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT));
    channel.releaseOutbound();
  }

  private static DefaultHttpContent piece() {
    return new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[] {1}));
  }

  @Test
  void aConnectionWithoutARequestIsIdleAfterItsTime() {
    pass(59);
    assertThat(events).isEmpty();
    pass(1);
    assertThat(events).containsExactly(ConnectionEvent.IDLE);
  }

  @Test
  void aHeadHasItsTimeFromItsFirstOctetHoweverOftenMoreComes() {
    pass(30);
    receive(Unpooled.wrappedBuffer(new byte[] {'G'}));
    pass(9);
    receive(Unpooled.wrappedBuffer(new byte[] {'E'}));
    assertThat(events).isEmpty();
    pass(1);
    assertThat(events).containsExactly(Failure.Client.HEADER_TIMEOUT);
  }

  @Test
  void aWholeRequestAwaitsNothingOfTheClient() {
    receive(head(HttpMethod.GET), LastHttpContent.EMPTY_LAST_CONTENT);
    pass(1000);
    assertThat(events).isEmpty();
  }

  @Test
  void aBodyHasItsTimeFromEachPiece() {
    receive(head(HttpMethod.POST));
    pass(19);
    receive(piece());
    pass(19);
    assertThat(events).isEmpty();
    pass(1);
    assertThat(events).containsExactly(Failure.Client.BODY_TIMEOUT);
  }

  @Test
  void aBodyThatIsNotReadIsNotTheClientsDelay() {
    receive(head(HttpMethod.POST));
    channel.config().setAutoRead(false);
    pass(100);
    assertThat(events).isEmpty();
    channel.config().setAutoRead(true);
    pass(20);
    assertThat(events).containsExactly(Failure.Client.BODY_TIMEOUT);
  }

  @Test
  void aClientThatWaitsFor100HasItsTimeFromThere() {
    HttpRequest expecting = head(HttpMethod.POST);
    expecting.headers().set(HttpHeaderNames.EXPECT, "100-continue");
    receive(expecting);
    pass(1000);
    assertThat(events).isEmpty();
    channel.writeOutbound(
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
    channel.releaseOutbound();
    pass(19);
    assertThat(events).isEmpty();
    pass(1);
    assertThat(events).containsExactly(Failure.Client.BODY_TIMEOUT);
  }

  @Test
  void onceTheAnswerHasBegunTheRestOfTheBodyIsNotAwaited() {
    receive(head(HttpMethod.POST));
    channel.writeOutbound(
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.FORBIDDEN));
    pass(1000);
    assertThat(events).isEmpty();
  }

  @Test
  void afterTheAnswerTheConnectionIsIdleAgain() {
    receive(head(HttpMethod.GET), LastHttpContent.EMPTY_LAST_CONTENT);
    pass(1000);
    answer();
    pass(59);
    assertThat(events).isEmpty();
    pass(1);
    assertThat(events).containsExactly(ConnectionEvent.IDLE);
  }

  @Test
  void aConnectionThatRetiresIsIdleAfterASecond() {
    channel.pipeline().fireUserEventTriggered(ConnectionEvent.RETIRE);
    assertThat(events).containsExactly(ConnectionEvent.RETIRE);
    pass(1);
    assertThat(events).containsExactly(ConnectionEvent.RETIRE, ConnectionEvent.IDLE);
  }

  @Test
  void aConnectionThatDrainsIsIdleAtOnceAndNotWithinARequest() {
    channel.pipeline().fireUserEventTriggered(ConnectionEvent.DRAIN);
    pass(0);
    assertThat(events).containsExactly(ConnectionEvent.DRAIN, ConnectionEvent.IDLE);
    events.clear();
    receive(Unpooled.wrappedBuffer(new byte[] {'G'}));
    channel.pipeline().fireUserEventTriggered(ConnectionEvent.DRAIN);
    pass(9);
    assertThat(events).containsExactly(ConnectionEvent.DRAIN);
  }

  /** A loop that was busy for that long sees the timeout first, and then the socket. */
  @Test
  void aRequestThatHasArrivedInTimeIsReadBeforeTheConnectionIsIdle() {
    channel.pipeline().fireUserEventTriggered(ConnectionEvent.RETIRE);
    channel
        .eventLoop()
        .schedule(() -> receive(Unpooled.wrappedBuffer(new byte[] {'G'})), 1, TimeUnit.SECONDS);
    pass(1);
    assertThat(events).containsExactly(ConnectionEvent.RETIRE);
  }

  @Test
  void aClosedConnectionLeavesNoTaskBehind() {
    channel.close();
    channel.runPendingTasks();
    assertThat(channel.runScheduledPendingTasks()).as("time until the next task").isEqualTo(-1);
  }
}
