package sallyport.front.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.GatewayConfig;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.Http1ServerCodec;
import sallyport.net.ConnectionEvent;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.proxy.ProxyContext;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.Parsed;
import sallyport.testkit.ProxyFixture;
import sallyport.testkit.Setup;

/**
 * A client's connection by its octets and a standing clock, before a backend that is fake: heads
 * have 10 s, bodies 20 s, idleness 60 s; four requests are allowed.
 */
class Http1ServerConnectionTest {
  private static final GatewayConfig CONFIG =
      Parsed.of(
          Setup.to("a:1")
              .limits(
                  "header-timeout = 10s, body-idle-timeout = 20s, keep-alive-timeout = 60s,"
                      + " max-requests-per-connection = 4, max-body = 1KiB"));

  private static final String GET = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final String CHUNKED =
      "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ProxyFixture proxy = new ProxyFixture(CONFIG);
  private Http1ServerConnection connection;

  @BeforeEach
  void connect() {
    channel.freezeTime();
    ProxyContext context = proxy.context(channel.eventLoop());
    connection =
        new Http1ServerConnection(
            context, ProxyFixture.connection(), ProxyFixture.forwarded(context));
    RequestTimeouts timeouts = new RequestTimeouts(context.limits());
    channel
        .pipeline()
        .addLast(
            timeouts.wire(),
            new Http1ServerCodec(
                HttpLimits.of(context.limits()), proxy.listener().http().fieldNames()),
            timeouts,
            connection);
  }

  @AfterEach
  void nothingIsLeftBehind() {
    channel.close();
    channel.runPendingTasks();
    assertThat(proxy.transport.cluster().endpoints())
        .allSatisfy(endpoint -> assertThat(endpoint.requests()).isZero());
    channel.finishAndReleaseAll();
  }

  /** Another idle connection in the backend's pool. */
  private FakeClientStream idle() {
    FakeClientStream upstream = new FakeClientStream();
    proxy.transport.idle.add(upstream);
    return upstream;
  }

  /** Lets octets come in, in one read. */
  private void read(String octets) {
    channel.writeInbound(Unpooled.copiedBuffer(octets, StandardCharsets.US_ASCII));
    channel.runPendingTasks();
  }

  /** Sends octets, and returns the connection over which their request goes. */
  private FakeClientStream request(String octets) {
    FakeClientStream upstream = idle();
    read(octets);
    return upstream;
  }

  /** What the client got since this was last asked: status lines, Connection fields, bodies. */
  private List<String> told() {
    channel.runPendingTasks();
    StringBuilder all = new StringBuilder();
    for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      all.append(next.toString(StandardCharsets.US_ASCII));
      next.release();
    }
    List<String> told = new ArrayList<>();
    for (String line : all.toString().split("\r\n", -1)) {
      if (line.startsWith("HTTP/1.1 ")) {
        told.add(line.substring(9, 12));
      } else if (line.matches("(?i)connection: .*")) {
        told.add(line.substring(12).strip());
      } else if (!line.isBlank() && !line.contains(": ")) {
        told.add(line.strip());
      }
    }
    return told;
  }

  private void pass(int seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  private void fire(Object event) {
    channel.pipeline().fireUserEventTriggered(event);
    channel.runPendingTasks();
  }

  private ExchangeLog log() {
    assertThat(proxy.logs).hasSize(1);
    return proxy.logs.getFirst();
  }

  private boolean isReading() {
    return channel.config().isAutoRead();
  }

  // ---- one request after the other

  @Test
  void aConnectionCarriesOneRequestAfterTheOther() {
    FakeClientStream first = request(GET);
    assertThat(first.sent).containsExactly("GET /x", "end");
    assertThat(first.flushes).as("at the end of the read").isEqualTo(1);
    first.answers(200, "ok");
    assertThat(told()).containsExactly("200", "2", "ok", "0");
    request(GET).answers(204, "");
    assertThat(told()).containsExactly("204");
    assertThat(channel.isOpen()).isTrue();
    assertThat(proxy.logs).extracting(each -> each.protocol).containsOnly("HTTP/1.1");
  }

  @Test
  void aPipelinedRequestWaitsForTheAnswerToTheOneBefore() {
    FakeClientStream first = idle();
    FakeClientStream second = idle();
    read(GET + GET);
    assertThat(first.sent).hasSize(2);
    assertThat(second.sent).isEmpty();
    assertThat(isReading()).as("nothing more is read").isFalse();
    first.answers(204, "");
    assertThat(second.sent).containsExactly("GET /x", "end");
    assertThat(second.flushes).isEqualTo(1);
    assertThat(isReading()).isTrue();
    second.answers(200, "ok");
    assertThat(told()).containsExactly("204", "200", "2", "ok", "0");
  }

  @Test
  void manyRefusalsInOneReadAreAnsweredInTheirOrder() {
    // Loops are refused without an end of the connection.
    String last = "OPTIONS /x HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 0\r\n\r\n";
    read(last.repeat(3));
    assertThat(told()).containsExactly("200", "200", "200");
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void theLastRequestThatIsAllowedEndsTheConnection() {
    for (int i = 0; i < 3; i++) {
      request(GET).answers(204, "");
      assertThat(told()).containsExactly("204");
    }
    request(GET).answers(204, "");
    assertThat(told()).containsExactly("204", "close");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aClientThatWantsToCloseIsClosed() {
    request(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")).answers(200, "ok");
    assertThat(told()).contains("200", "close");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anOldClientIsKeptWhereItAsksForThatAndTheBodyHasALength() {
    String old = "GET /x HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n";
    request(old).answers(204, "");
    assertThat(told()).containsExactly("204", "keep-alive");
    assertThat(channel.isOpen()).isTrue();
    request(old).answers(200, "ok");
    assertThat(told()).as("without a length its end is that of the body").contains("close", "ok");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void whatIsPipelinedBehindTheLastAnswerIsThrownAway() {
    FakeClientStream first = idle();
    FakeClientStream second = idle();
    read(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n") + GET);
    first.answers(204, "");
    assertThat(second.sent).isEmpty();
    assertThat(proxy.logs).hasSize(1);
  }

  // ---- interim responses

  @Test
  void aClientHearsThatItMayGoOn() {
    FakeClientStream upstream =
        request(CHUNKED.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"));
    pass(50);
    upstream.interim(100);
    assertThat(told()).containsExactly("100");
    read("3\r\none\r\n0\r\n\r\n");
    assertThat(upstream.sent).containsExactly("POST /x", "body one", "end");
    upstream.answers(204, "");
    assertThat(told()).containsExactly("204");
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void anOldClientGetsNoInterimResponse() {
    FakeClientStream upstream = request("GET /x HTTP/1.0\r\nHost: localhost\r\n\r\n");
    upstream.interim(103);
    assertThat(told()).isEmpty();
  }

  // ---- back pressure

  @Test
  void aBodyThatWaitsForAConnectionIsNotReadOn() {
    read(CHUNKED + "3\r\none\r\n");
    assertThat(isReading()).isFalse();
    FakeClientStream upstream = new FakeClientStream();
    proxy.transport.pending.getFirst().connected(upstream);
    assertThat(upstream.sent).containsExactly("POST /x", "body one");
    assertThat(isReading()).isTrue();
  }

  @Test
  void aBodyIsReadAsFarAsTheBackendTakesIt() {
    FakeClientStream upstream = request(CHUNKED);
    upstream.writable = false;
    read("3\r\none\r\n");
    assertThat(isReading()).isFalse();
    upstream.drains();
    assertThat(isReading()).isTrue();
  }

  // ---- early answers

  @Test
  void anAnswerBeforeTheEndOfTheRequestEndsTheConnection() {
    FakeClientStream upstream = request(CHUNKED);
    upstream.answers(403, "no");
    assertThat(told()).containsExactly("403", "close", "2", "no", "0");
    assertThat(upstream.aborted).isTrue();
    assertThat(channel.isOpen()).as("what the client still sends is read").isTrue();
    FakeClientStream other = request("3\r\none\r\n0\r\n\r\n" + GET);
    assertThat(other.sent).as("the client knows that the connection ends").isEmpty();
    assertThat(proxy.logs).hasSize(1);
    pass(5);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aRefusedRequestIsAnsweredAndEndsTheConnection() {
    read("GET /x HTTP/1.1\r\n\r\n");
    assertThat(told()).contains("400", "close");
    assertThat(log().failure).isEqualTo(Failure.Client.BAD_HOST);
    assertThat(proxy.refusals).containsExactly("bad_host");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aMalformedBodyIsAnsweredAndEndsTheConnection() {
    FakeClientStream upstream = request(CHUNKED);
    read("x\r\n");
    assertThat(told()).contains("400", "close");
    assertThat(upstream.aborted).isTrue();
    assertThat(log().failure).isEqualTo(Failure.Client.BAD_CHUNK);
  }

  @Test
  void aResponseThatWillNotBeWholeIsCut() {
    FakeClientStream upstream = request(GET);
    upstream.responds(200);
    upstream.sends("abc");
    upstream.fails(Failure.Upstream.CLOSED_DURING_RESPONSE);
    assertThat(told()).as("no last chunk").containsExactly("200", "3", "abc");
    assertThat(channel.isOpen()).isFalse();
  }

  // ---- timeouts

  @Test
  void anIdleConnectionIsClosedWithoutAWord() {
    pass(59);
    assertThat(channel.isOpen()).isTrue();
    pass(1);
    assertThat(told()).isEmpty();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aHeadThatIsTooSlowIsAnswered() {
    read("GET /x HT");
    pass(10);
    assertThat(told()).contains("408", "close");
    assertThat(log().failure).isEqualTo(Failure.Client.HEADER_TIMEOUT);
  }

  @Test
  void aBodyThatStandsStillIsAnswered() {
    FakeClientStream upstream = request(CHUNKED);
    pass(20);
    assertThat(told()).contains("408", "close");
    assertThat(upstream.aborted).isTrue();
    assertThat(log().failure).isEqualTo(Failure.Client.BODY_TIMEOUT);
  }

  @Test
  void aFailureBehindTheLastAnswerIsNotAnswered() {
    request(CHUNKED).answers(403, "no");
    told();
    fire(Failure.Client.BODY_TIMEOUT);
    assertThat(told()).isEmpty();
    assertThat(proxy.logs).hasSize(1);
  }

  // ---- the end of the connection

  @ParameterizedTest
  @EnumSource(names = {"DRAIN", "RETIRE"})
  void anAnswerThatIsBegunIsFinishedBeforeTheEnd(ConnectionEvent event) {
    FakeClientStream upstream = request(GET);
    fire(event);
    assertThat(channel.isOpen()).isTrue();
    upstream.answers(200, "ok");
    assertThat(told()).contains("200", "close", "ok");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anIdleConnectionIsDrainedAtOnce() {
    fire(ConnectionEvent.DRAIN);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aConnectionThatRetiresServesWhatIsOnItsWay() {
    fire(ConnectionEvent.RETIRE);
    assertThat(channel.isOpen()).isTrue();
    request(GET).answers(204, "");
    assertThat(told()).containsExactly("204", "close");
    assertThat(channel.isOpen()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"DRAIN", "RETIRE"})
  void aRequestWhoseHeadHasBegunIsServed(ConnectionEvent event) {
    read("GET /x HTTP/1.1\r\nHo");
    fire(event);
    pass(2);
    assertThat(channel.isOpen()).isTrue();
    FakeClientStream upstream = idle();
    read("st: localhost\r\n\r\n");
    upstream.answers(204, "");
    assertThat(told()).containsExactly("204", "close");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aDrainBehindTheHeadOfAnAnswerClosesBehindItsEnd() {
    FakeClientStream upstream = request(GET);
    upstream.responds(200);
    fire(ConnectionEvent.DRAIN);
    upstream.ends("ok");
    assertThat(told()).as("the head had gone").doesNotContain("close").contains("ok");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aClientThatGoesAwayEndsItsExchangeAndWhatWaited() {
    FakeClientStream first = idle();
    FakeClientStream second = idle();
    read(GET + GET);
    channel.close();
    channel.runPendingTasks();
    assertThat(first.aborted).isTrue();
    assertThat(second.sent).isEmpty();
    assertThat(log().failure).isEqualTo(Failure.Client.CLIENT_CLOSED);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aClientThatSaysItSendsNoMoreIsGivenUp(boolean tls) {
    FakeClientStream upstream = request(GET);
    if (tls) {
      fire(SslCloseCompletionEvent.SUCCESS);
    } else {
      connection.end();
    }
    assertThat(upstream.aborted).isTrue();
    assertThat(log().failure).isEqualTo(Failure.Client.CLIENT_CLOSED);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aBrokenConnectionIsClosed() {
    FakeClientStream upstream = request(GET);
    channel.pipeline().fireExceptionCaught(new IOException("reset"));
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isFalse();
    assertThat(upstream.aborted).isTrue();
  }

  // ---- what it owes its client

  @Test
  void aConnectionAnswersFromTheEndOfTheRequestToThatOfTheResponse() {
    assertThat(connection.isAnswering()).isFalse();
    FakeClientStream upstream = request(CHUNKED);
    assertThat(connection.isAnswering()).as("a body is to come").isFalse();
    read("0\r\n\r\n");
    assertThat(connection.isAnswering()).isTrue();
    upstream.answers(204, "");
    assertThat(connection.isAnswering()).isFalse();
    assertThat(connection.isDelivering()).isFalse();
  }

  @Test
  void theBodiesThatTheSocketTookAreCounted() {
    request(GET).answers(200, "ok");
    FakeClientStream upstream = request(GET);
    upstream.responds(200);
    upstream.sends("abc");
    upstream.ends("d");
    assertThat(connection.deliveredBytes()).isEqualTo(6);
    assertThat(connection.hasBacklog()).isFalse();
  }
}
