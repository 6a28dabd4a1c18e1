package sallyport.front.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.net.ConnectionEvent;
import sallyport.testkit.EmbeddedHttp2;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.RawHttp2;

/**
 * A client's connection as a whole, by a standing clock: it may be idle for 60 s, and is asked
 * after 30 s of silence whether it is there, which has 20 s.
 */
class Http2LifecycleTest {
  private static final String NONE_REFUSED = "GOAWAY 2147483647 NO_ERROR";

  private final Http2Client client = new Http2Client();

  @AfterEach
  void close() {
    client.hangUp();
    client.channel.finishAndReleaseAll();
  }

  private void fire(Object event) {
    client.channel.pipeline().fireUserEventTriggered(event);
    client.channel.runPendingTasks();
  }

  private boolean isOpen() {
    return client.channel.isOpen();
  }

  // ---- idleness

  @Test
  void aConnectionWithoutAStreamIsClosedAfterItsTime() {
    client.opened();
    client.pass(59);
    assertThat(isOpen()).isTrue();
    client.pass(1);
    assertThat(client.told()).containsExactly("GOAWAY 0 NO_ERROR");
    assertThat(isOpen()).isFalse();
  }

  @Test
  void anOpenStreamIsNoIdleness() {
    FakeClientStream upstream = client.opened().get(1);
    for (int i = 0; i < 5; i++) {
      client.pass(20);
      client.widen(1, 1);
    }
    assertThat(isOpen()).isTrue();
    upstream.answers(204, "");
    assertThat(client.told()).contains("HEADERS 1 204 end");
    client.pass(59);
    assertThat(isOpen()).isTrue();
    client.pass(1);
    assertThat(isOpen()).isFalse();
  }

  @Test
  void theEndOfOneStreamIsNoIdlenessWhileAnotherIsOpen() {
    client.opened().get(1).answers(204, "");
    client.told();
    FakeClientStream first = client.get(3);
    client.get(5);
    first.answers(204, "");
    client.told();
    client.pass(60);
    assertThat(client.told()).noneMatch(frame -> frame.startsWith("GOAWAY"));
  }

  // ---- another configuration

  @Test
  void aConnectionThatRetiresServesWhatIsOnItsWayAndThenNothing() {
    FakeClientStream first = client.opened().get(1);
    fire(ConnectionEvent.RETIRE);
    assertThat(client.told()).containsExactly(NONE_REFUSED);
    FakeClientStream second = client.get(3);
    assertThat(second.sent).as("within a second").isNotEmpty();
    client.pass(1);
    assertThat(client.told()).containsExactly("GOAWAY 3 NO_ERROR");
    FakeClientStream third = client.get(5);
    assertThat(third.sent).as("too late").isEmpty();
    assertThat(client.told()).containsExactly("RST_STREAM 5 REFUSED_STREAM");
    first.answers(204, "");
    assertThat(client.told()).containsExactly("HEADERS 1 204 end");
    assertThat(isOpen()).isTrue();
    second.answers(204, "");
    client.pass(0);
    assertThat(client.told()).contains("HEADERS 3 204 end");
    client.pass(1);
    assertThat(isOpen()).as("its last stream has ended").isFalse();
  }

  @Test
  void aConnectionThatRetiresSaysSoOnce() {
    client.opened().get(1);
    fire(ConnectionEvent.RETIRE);
    fire(ConnectionEvent.RETIRE);
    client.pass(5);
    assertThat(client.told()).containsExactly(NONE_REFUSED, "GOAWAY 1 NO_ERROR");
  }

  @Test
  void anIdleConnectionThatRetiresIsClosedAfterASecond() {
    client.opened();
    fire(ConnectionEvent.RETIRE);
    assertThat(isOpen()).isTrue();
    client.pass(1);
    assertThat(client.told()).startsWith(NONE_REFUSED, "GOAWAY 0 NO_ERROR");
    assertThat(isOpen()).isFalse();
  }

  @Test
  void aConnectionThatRetiresOutlivesItsIdleTimeForItsStreams() {
    FakeClientStream upstream = client.opened().get(1);
    fire(ConnectionEvent.RETIRE);
    for (int i = 0; i < 20; i++) {
      client.pass(20);
      client.widen(1, 1);
    }
    assertThat(isOpen()).isTrue();
    upstream.answers(200, "abc");
    assertThat(client.told()).endsWith("HEADERS 1 200", "DATA 1 abc end");
  }

  // ---- the end of the gateway

  @Test
  void anIdleConnectionThatDrainsIsClosed() {
    client.opened();
    fire(ConnectionEvent.DRAIN);
    assertThat(client.told()).containsExactly("GOAWAY 0 NO_ERROR");
    assertThat(isOpen()).isFalse();
  }

  @Test
  void aConnectionThatDrainsFinishesItsStreamsAndTakesNoOther() {
    FakeClientStream upstream = client.opened().get(1);
    fire(ConnectionEvent.DRAIN);
    assertThat(client.told()).hasSize(1).first().asString().endsWith(" NO_ERROR");
    assertThat(isOpen()).isTrue();
    upstream.answers(200, "abc");
    assertThat(client.told()).containsExactly("HEADERS 1 200", "DATA 1 abc end");
    assertThat(isOpen()).isFalse();
  }

  @Test
  void aConnectionThatRetiresAndThenDrainsTakesNoOtherStream() {
    client.opened().get(1);
    fire(ConnectionEvent.RETIRE);
    fire(ConnectionEvent.DRAIN);
    assertThat(client.told()).startsWith(NONE_REFUSED, "GOAWAY 1 NO_ERROR");
    assertThat(client.get(3).sent).isEmpty();
  }

  // ---- clients that are gone

  @Test
  void aSilentClientWithAStreamIsAskedAndThenGivenUp() {
    FakeClientStream upstream = client.opened().get(1);
    // The head itself was a sign of life within the first 30 s.
    client.pass(59);
    assertThat(client.told()).isEmpty();
    client.pass(1);
    assertThat(client.told()).containsExactly("PING");
    client.pass(19);
    assertThat(isOpen()).isTrue();
    client.pass(1);
    assertThat(isOpen()).isFalse();
    assertThat(client.lost).isEqualTo(1);
    assertThat(upstream.aborted).isTrue();
  }

  @Test
  void aClientThatAnswersStays() {
    client.opened().get(1);
    client.pass(60);
    client.frames.receive(RawHttp2.PING, EmbeddedHttp2.ACK, 0, new byte[8]);
    client.pass(29);
    assertThat(isOpen()).isTrue();
    assertThat(client.lost).isZero();
  }

  @Test
  void aSilentClientWithoutAStreamIsNotAsked() {
    client.opened();
    client.pass(50);
    assertThat(client.told()).isEmpty();
  }

  @Test
  void answersAloneMakeTheGatewayAskLessOften() {
    client.opened().get(1);
    client.pass(60);
    client.frames.receive(RawHttp2.PING, EmbeddedHttp2.ACK, 0, new byte[8]);
    client.pass(30);
    client.frames.receive(RawHttp2.PING, EmbeddedHttp2.ACK, 0, new byte[8]);
    assertThat(client.told()).containsExactly("PING", "PING");
    client.pass(309);
    assertThat(client.told()).isEmpty();
    client.pass(1);
    assertThat(client.told()).containsExactly("PING");
  }

  @Test
  void aClientWhoseLastStreamHasEndedIsNotAsked() {
    FakeClientStream upstream = client.opened().get(1);
    client.pass(40);
    upstream.answers(204, "");
    client.told();
    client.pass(50);
    assertThat(client.told()).isEmpty();
  }

  @Test
  void aClientThatEndsTlsIsCutOff() {
    FakeClientStream upstream = client.opened().get(1);
    fire(SslCloseCompletionEvent.SUCCESS);
    assertThat(isOpen()).isFalse();
    assertThat(client.told()).as("nothing can be said any more").isEmpty();
    assertThat(upstream.aborted).isTrue();
  }

  @Test
  void aBrokenConnectionIsClosed() {
    FakeClientStream upstream = client.opened().get(1);
    client.channel.pipeline().fireExceptionCaught(new IOException("reset"));
    client.pass(30);
    assertThat(isOpen()).isFalse();
    assertThat(upstream.aborted).isTrue();
  }

  @Test
  void aClosedConnectionLeavesNoTaskBehind() {
    client.opened().get(1);
    client.pass(30);
    client.hangUp();
    // The look at the pace of its loop's clients is not the connection's.
    client.pass(5);
    assertThat(client.channel.runScheduledPendingTasks()).isEqualTo(-1);
  }
}
