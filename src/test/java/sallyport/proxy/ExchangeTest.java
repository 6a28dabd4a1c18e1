package sallyport.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cluster.Cluster;
import sallyport.cluster.Completion;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Outcome;
import sallyport.cluster.Pick;
import sallyport.cluster.PickContext;
import sallyport.cluster.ejection.EndpointEjection;
import sallyport.config.GatewayConfig;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.http.codec.MalformedMessage;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.testkit.Backends;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.ProxyFixture;
import sallyport.testkit.WebSocketAccept;
import sallyport.values.ClientAddress;

/** An exchange between two fake streams, with a clock that stands. */
class ExchangeTest {
  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  private static final GatewayConfig CONFIG =
      Backends.gateway(
          "response-timeout = 30s, idle-timeout = 60s, tunnel-timeout = 1h, max-body = 20B",
          "endpoints = [ \"a:1\", \"b:1\" ]");

  private final ProxyFixture proxy = new ProxyFixture(CONFIG);
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final FakeHttpStream client = new FakeHttpStream(channel.eventLoop());
  private final FakeClientStream upstream = new FakeClientStream();
  private final ExchangeLog log =
      new ExchangeLog("https", ClientAddress.direct(ProxyFixture.CLIENT), "", "");
  private final List<ByteBuf> buffers = new ArrayList<>();
  private final List<Exchange> exchanges = new ArrayList<>();

  @BeforeEach
  void stopTheClock() {
    channel.freezeTime();
  }

  @AfterEach
  void nothingIsLeftBehind() {
    exchanges.forEach(Exchange::onClientClosed);
    assertThat(buffers).allSatisfy(buffer -> assertThat(buffer.refCnt()).isZero());
    assertThat(proxy.outcomes).as("each attempt has one").hasSize(log.attempts);
    assertThat(proxy.transport.cluster().endpoints())
        .allSatisfy(each -> assertThat(each.requests()).isZero());
    assertThat(proxy.transport.cluster().requests()).isZero();
  }

  // ---- making one

  private Exchange exchange(HttpMethod method, boolean bodyless, boolean webSocket, boolean pin) {
    DefaultHttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, "/x");
    if (webSocket) {
      request.headers().set("Sec-WebSocket-Key", KEY);
    }
    return exchange(request, bodyless, ProxyFixture.needs(webSocket, pin));
  }

  private Exchange exchange(DefaultHttpRequest request, boolean bodyless, ConnectionNeeds needs) {
    Exchange made =
        new Exchange(
            client,
            proxy.context(channel.eventLoop()),
            proxy.target(),
            log,
            request,
            /* key= */ null,
            /* preferred= */ null,
            bodyless,
            needs);
    exchanges.add(made);
    return made;
  }

  private Exchange get() {
    return exchange(HttpMethod.GET, /* bodyless= */ true, false, false);
  }

  private Exchange post() {
    return exchange(HttpMethod.POST, /* bodyless= */ false, false, false);
  }

  private Exchange webSocket() {
    return exchange(HttpMethod.GET, /* bodyless= */ false, /* webSocket= */ true, false);
  }

  private Exchange pinned() {
    return exchange(HttpMethod.POST, /* bodyless= */ false, false, /* pin= */ true);
  }

  private Exchange expecting() {
    DefaultHttpRequest request =
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/x");
    request.headers().set("Expect", "100-continue");
    return exchange(request, false, ProxyFixture.needs(false, false));
  }

  private Exchange over(FakeClientStream idle, Exchange exchange) {
    proxy.transport.idle.add(idle);
    exchange.start();
    return exchange;
  }

  private ByteBuf bytes(String text) {
    ByteBuf buffer = Unpooled.buffer().writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    buffers.add(buffer);
    return buffer;
  }

  private HttpContent piece(String text) {
    return new DefaultHttpContent(bytes(text));
  }

  private LastHttpContent last(String text) {
    return new DefaultLastHttpContent(bytes(text));
  }

  private static HttpResponse response(int status) {
    return new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
  }

  private static HttpResponse switching(String accept) {
    HttpResponse response = response(101);
    response.headers().set("Upgrade", "websocket").set("Connection", "Upgrade");
    response.headers().set("Sec-WebSocket-Accept", accept);
    return response;
  }

  private static void answer(FakeClientStream from) {
    from.listener().onHead(response(200));
    from.listener().onEnd(LastHttpContent.EMPTY_LAST_CONTENT);
  }

  private List<String> hosts() {
    return proxy.transport.pending.stream().map(each -> each.endpoint.host()).toList();
  }

  /** Long enough for every rule of pace, look by look. */
  private void aLongTimePasses() {
    for (int look = 0; look < 200; look++) {
      channel.advanceTimeBy(1, TimeUnit.MINUTES);
      channel.runScheduledPendingTasks();
    }
  }

  private void assertFailed(Failure failure) {
    assertThat(log.failure).isEqualTo(failure);
  }

  // ---- the plain way

  @Test
  void aRequestGoesOverAnIdleConnectionAndItsResponseBack() {
    over(upstream, get());
    assertThat(upstream.sent).containsExactly("GET /x", "end");
    assertThat(upstream.flushes).as("the client's read is not over").isZero();
    upstream.listener().onHead(response(200));
    upstream.listener().onContent(piece("abc"));
    upstream.listener().onReadComplete();
    upstream.listener().onEnd(last("de"));
    assertThat(client.sent).containsExactly("head 200", "body abc", "end de");
    assertThat(client.flushes).isPositive();
    assertThat(log.status).isEqualTo(200);
    assertThat(log.failure).isNull();
    assertThat(log.attempts).isEqualTo(1);
    assertThat(log.responseBytes).isEqualTo(5);
    assertThat(upstream.aborted).as("goes back to its pool").isFalse();
  }

  @Test
  void theEndpointIsBusyWhileTheRequestIsOnItsWay() {
    over(upstream, get());
    assertThat(proxy.transport.cluster().endpoints().stream().mapToInt(Endpoint::requests).sum())
        .isEqualTo(1);
    answer(upstream);
    assertThat(proxy.transport.cluster().endpoints().stream().mapToInt(Endpoint::requests).sum())
        .isZero();
  }

  @Test
  void aBodyPassesInBothDirectionsAtOnce() {
    Exchange exchange = over(upstream, post());
    exchange.onRequestContent(piece("one"));
    upstream.listener().onHead(response(200));
    upstream.listener().onContent(piece("1"));
    exchange.onRequestContent(last("two"));
    upstream.listener().onContent(piece("2"));
    upstream.listener().onEnd(last(""));
    assertThat(upstream.sent).containsExactly("POST /x", "body one", "end two");
    assertThat(client.sent).containsExactly("head 200 closing", "body 1", "body 2", "end");
    assertThat(log.requestBytes).isEqualTo(6);
  }

  @Test
  void aBodyThatComesBeforeTheConnectionWaitsForIt() {
    Exchange exchange = post();
    exchange.start();
    assertThat(client.reading).as("the client waits").isFalse();
    exchange.onRequestContent(piece("one"));
    proxy.transport.pending.getFirst().connected(upstream);
    assertThat(client.reading).isTrue();
    exchange.onRequestContent(last("two"));
    assertThat(upstream.sent).containsExactly("POST /x", "body one", "end two");
    assertThat(upstream.flushes).as("no read of the client's ends now").isPositive();
  }

  @Test
  void aConnectionThatIsThereAtOnceIsNotWaitedFor() {
    proxy.transport.atOnce.add(upstream);
    Exchange exchange = post();
    exchange.start();
    assertThat(client.reading).isTrue();
    assertThat(upstream.flushes).isZero();
    exchange.onRequestContent(last("all"));
    exchange.flushRequest();
    assertThat(upstream.flushes).isEqualTo(1);
  }

  @Test
  void aWholeBodyThatWaitedIsSentWithItsEndOnce() {
    Exchange exchange = post();
    exchange.start();
    exchange.onRequestContent(last("all"));
    proxy.transport.pending.getFirst().connected(upstream);
    assertThat(upstream.sent).containsExactly("POST /x", "end all");
  }

  // ---- back pressure

  @Test
  void theClientWaitsWhileTheBackendTakesNoMore() {
    Exchange exchange = over(upstream, post());
    upstream.writable = false;
    exchange.onRequestContent(piece("one"));
    assertThat(client.reading).isFalse();
    upstream.writable = true;
    upstream.listener().onWritable();
    assertThat(client.reading).isTrue();
  }

  @Test
  void theClientWaitsForAConnectionThatIsFullFromTheStart() {
    upstream.writable = false;
    over(upstream, post());
    assertThat(client.reading).isFalse();
  }

  @Test
  void theBackendWaitsWhileTheClientTakesNoMore() {
    Exchange exchange = over(upstream, get());
    upstream.listener().onHead(response(200));
    client.writable = false;
    upstream.listener().onContent(piece("abc"));
    assertThat(upstream.reading).isFalse();
    assertThat(upstream.listener().awaitsBackend()).as("whose turn it is").isFalse();
    client.writable = true;
    exchange.onClientWritable();
    assertThat(upstream.reading).isTrue();
    assertThat(upstream.listener().awaitsBackend()).isTrue();
  }

  @Test
  void aReadingBackendIsLeftAloneBeforeItsResponse() {
    Exchange exchange = over(upstream, get());
    upstream.reading = false;
    exchange.onClientWritable();
    assertThat(upstream.reading).as("nothing of this exchange waits for the client").isFalse();
  }

  @Test
  void anInterimResponseMakesTheBackendWaitToo() {
    over(upstream, get());
    client.writable = false;
    upstream.listener().onInterim(response(103));
    assertThat(client.sent).containsExactly("interim 103");
    assertThat(upstream.reading).isFalse();
  }

  // ---- timeouts

  @Test
  void theResponseTimeoutBeginsWhenTheRequestIsWhole() {
    Exchange exchange = over(upstream, post());
    assertThat(upstream.timeout).isEqualTo(Duration.ofSeconds(60));
    exchange.onRequestContent(last("all"));
    assertThat(upstream.timeout).isEqualTo(Duration.ofSeconds(30));
    upstream.listener().onHead(response(200));
    assertThat(upstream.timeout).isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void aClientThatWaitsToContinueWaitsForTheResponse() {
    Exchange exchange = over(upstream, expecting());
    assertThat(upstream.timeout).isEqualTo(Duration.ofSeconds(30));
    assertThat(exchange.awaitsClient()).as("it is the backend's turn").isFalse();
    upstream.listener().onInterim(response(100));
    assertThat(client.sent).containsExactly("interim 100");
    assertThat(upstream.timeout).isEqualTo(Duration.ofSeconds(60));
    assertThat(exchange.awaitsClient()).isTrue();
  }

  @Test
  void aClientThatDoesNotWaitToContinueIsServed() {
    Exchange exchange = over(upstream, expecting());
    exchange.onRequestContent(piece("one"));
    assertThat(upstream.timeout).isEqualTo(Duration.ofSeconds(60));
    assertThat(upstream.sent).containsExactly("POST /x", "body one");
  }

  @Test
  void anotherInterimResponseDoesNotLetItContinue() {
    over(upstream, expecting());
    upstream.listener().onInterim(response(102));
    assertThat(upstream.timeout).isEqualTo(Duration.ofSeconds(30));
  }

  // ---- the client's pace

  @Test
  void aClientThatSendsNothingIsTooSlow() {
    over(upstream, post());
    aLongTimePasses();
    assertFailed(Failure.Client.BODY_TOO_SLOW);
    assertThat(client.sent).containsExactly("reply 408 closing");
    assertThat(upstream.aborted).isTrue();
  }

  @Test
  void aClientThatTakesNothingIsTooSlow() {
    over(upstream, get());
    upstream.listener().onHead(response(200));
    client.backlog = true;
    aLongTimePasses();
    assertFailed(Failure.Client.READ_TOO_SLOW);
    assertThat(client.sent).containsExactly("head 200", "abort INCOMPLETE");
    assertThat(upstream.aborted).isTrue();
  }

  @Test
  void aBacklogOfAnEarlierResponseIsNotThisOnes() {
    over(upstream, get());
    client.backlog = true;
    aLongTimePasses();
    assertThat(client.sent).isEmpty();
  }

  @Test
  void aClientThatIsNotReadIsNotTooSlow() {
    post().start();
    assertThat(client.reading).isFalse();
    aLongTimePasses();
    assertThat(client.sent).isEmpty();
  }

  // ---- retries

  @Test
  void anEndpointThatRefusesIsFollowedByAnother() {
    Exchange exchange = post();
    exchange.start();
    exchange.onRequestContent(last("all"));
    proxy.transport.pending.getFirst().failed(Failure.Upstream.CONNECT_REFUSED);
    proxy.transport.pending.get(1).connected(upstream);
    answer(upstream);
    assertThat(hosts()).containsExactly("a", "b");
    assertThat(upstream.sent).containsExactly("POST /x", "end all");
    assertThat(client.sent).containsExactly("head 200", "end");
    assertThat(log.attempts).isEqualTo(2);
    assertThat(log.endpoint).isEqualTo("b:1");
    assertThat(proxy.outcomes).containsExactly("a ConnectFailed", "b Answered");
  }

  @Test
  void theLastEndpointIsPatientAndFailsAtLast() {
    get().start();
    proxy.transport.pending.getFirst().failed(Failure.Upstream.CONNECTION_LIMIT);
    assertThat(proxy.transport.pending)
        .extracting(each -> each.patient)
        .containsExactly(false, true);
    proxy.transport.pending.get(1).failed(Failure.Upstream.CONNECT_TIMEOUT);
    assertThat(client.sent).containsExactly("reply 504");
    assertFailed(Failure.Upstream.CONNECT_TIMEOUT);
    assertThat(log.attempts).isEqualTo(2);
  }

  @Test
  void aReusedConnectionThatWasClosedIsFollowedByAFreshOne() {
    upstream.reused = true;
    FakeClientStream other = new FakeClientStream();
    other.reused = true;
    over(upstream, get());
    proxy.transport.idle.add(other);
    upstream.listener().onFailure(Failure.Upstream.CLOSED_BEFORE_RESPONSE, null);
    FakeClientStream fresh = new FakeClientStream();
    proxy.transport.pending.getFirst().connected(fresh);
    answer(fresh);
    assertThat(other.sent).as("not over another idle one").isEmpty();
    assertThat(client.sent).containsExactly("head 200", "end");
    assertThat(proxy.transport.failures).containsExactly("a closed_before_response");
  }

  @Test
  void aFreshConnectionThatIsClosedIsFollowedByAnotherEndpoint() {
    over(upstream, get());
    upstream.listener().onFailure(Failure.Upstream.CLOSED_BEFORE_RESPONSE, null);
    assertThat(hosts()).containsExactly("b");
    assertThat(client.sent).isEmpty();
  }

  @Test
  void aFreshConnectionThatIsClosedIsNotFollowedByAPost() {
    over(upstream, exchange(HttpMethod.POST, /* bodyless= */ true, false, false));
    upstream.listener().onFailure(Failure.Upstream.CLOSED_BEFORE_RESPONSE, null);
    assertThat(client.sent).containsExactly("reply 502");
    assertThat(log.address).isEqualTo("192.0.2.7:443");
  }

  @Test
  void aStreamThatWasRefusedIsTriedAgain() {
    over(upstream, exchange(HttpMethod.POST, /* bodyless= */ true, false, false));
    upstream.listener().onFailure(Failure.Upstream.STREAM_REFUSED, null);
    assertThat(hosts()).containsExactly("b");
  }

  @Test
  void whatTheBackendMayHaveSeenIsNotSentTwice() {
    upstream.reused = true;
    Exchange exchange = over(upstream, exchange(HttpMethod.PUT, false, false, false));
    exchange.onRequestContent(piece("one"));
    upstream.listener().onFailure(Failure.Upstream.CLOSED_BEFORE_RESPONSE, null);
    assertThat(client.sent).containsExactly("reply 502");
    assertThat(proxy.transport.pending).isEmpty();
  }

  @Test
  void aFailureOnThePieceThatIsBeingSentEndsTheExchangeOnce() {
    Exchange exchange = over(upstream, post());
    upstream.failsOnWrite = true;
    exchange.onRequestContent(piece("one"));
    assertThat(client.sent).containsExactly("reply 502");
  }

  @Test
  void aFailureOnThePieceThatWaitedEndsTheExchangeOnce() {
    Exchange exchange = post();
    exchange.start();
    exchange.onRequestContent(piece("one"));
    exchange.onRequestContent(piece("two"));
    upstream.failsOnWrite = true;
    proxy.transport.pending.getFirst().connected(upstream);
    assertThat(client.sent).containsExactly("reply 502");
  }

  // ---- failures

  @ParameterizedTest
  @EnumSource(
      value = Failure.Upstream.class,
      names = {"CLOSED_DURING_RESPONSE", "BAD_RESPONSE", "STREAM_TIMEOUT"})
  void aResponseThatHasBegunIsCut(Failure.Upstream failure) {
    over(upstream, get());
    upstream.listener().onHead(response(200));
    upstream.listener().onFailure(failure, null);
    assertThat(client.sent).containsExactly("head 200", "abort INCOMPLETE");
    assertThat(log.status).isEqualTo(200);
    assertFailed(failure);
    assertThat(proxy.outcomes).containsExactly("a Failed");
  }

  @Test
  void theEndOfAnIdleConnectionSaysNothingOfTheEndpoint() {
    upstream.reused = true;
    over(upstream, post()).onRequestContent(piece("sent"));
    upstream.fails(Failure.Upstream.CLOSED_BEFORE_RESPONSE);
    assertThat(proxy.outcomes).containsExactly("a Cancelled");
  }

  @Test
  void theHeadOfAResponseSpeaksForTheEndpoint() {
    EndpointEjection a = proxy.transport.cluster().endpoints().getFirst().ejection();
    for (int i = 0; i < 4; i++) {
      a.failed(a.begin(), Failure.Upstream.CONNECT_TIMEOUT);
    }
    over(upstream, get());
    upstream.listener().onHead(response(503));
    a.failed(a.begin(), Failure.Upstream.CONNECT_TIMEOUT);
    assertThat(a.isInService()).as("the row was broken").isTrue();
  }

  @Test
  void aFaultOfTheResponseIsNamed() {
    over(upstream, get());
    upstream.listener().onFailure(Failure.Upstream.BAD_RESPONSE, Failure.Response.BAD_STATUS_LINE);
    assertThat(client.sent).containsExactly("reply 502");
    assertThat(log.responseFault).isEqualTo(Failure.Response.BAD_STATUS_LINE);
    assertThat(proxy.transport.failures).containsExactly("a bad_response bad_status_line");
  }

  @Test
  void aClientThatLeavesWhileItWaitsForAConnectionCancelsIt() {
    Exchange exchange = post();
    exchange.start();
    exchange.onRequestContent(piece("one"));
    exchange.onClientClosed();
    assertThat(proxy.transport.pending.getFirst().cancelled).isTrue();
    assertFailed(Failure.Client.CLIENT_CLOSED);
    assertThat(log.status).isEqualTo(499);
    proxy.transport.pending.getFirst().connected(upstream);
    assertThat(upstream.sent).as("an exchange that is over").isEmpty();
  }

  @Test
  void aClientThatLeavesDuringTheResponseAbortsIt() {
    Exchange exchange = over(upstream, get());
    upstream.listener().onHead(response(200));
    exchange.onClientClosed();
    assertThat(upstream.aborted).isTrue();
    assertFailed(Failure.Client.CLIENT_CLOSED);
    assertThat(log.status).isEqualTo(200);
    assertThat(proxy.outcomes).containsExactly("a Cancelled");
  }

  @Test
  void aBackendWithoutAnEndpointIsUnavailable() {
    proxy.removeEndpoints();
    post().start();
    assertThat(client.sent).containsExactly("reply 503");
    assertFailed(Failure.Gateway.NO_ENDPOINT);
    assertThat(log.attempts).isZero();
  }

  @Test
  void anExchangeOverTheLimitOfTheBackendFailsAtOnce() {
    List<Completion> others = new ArrayList<>();
    Cluster cluster = proxy.transport.cluster();
    while (cluster.pick(PickContext.FIRST) instanceof Pick.Picked other) {
      others.add(other.completion());
    }
    post().start();
    assertThat(client.sent).containsExactly("reply 503");
    assertFailed(Failure.Upstream.REQUEST_LIMIT);
    assertThat(log.attempts).isZero();
    others.forEach(other -> other.done(new Outcome.Cancelled()));
    proxy.outcomes.clear();
  }

  @Test
  void anExchangeEndsOnce() {
    Exchange exchange = over(upstream, get());
    exchange.fail(Failure.Client.BODY_TIMEOUT);
    exchange.fail(Failure.Client.HEADER_TIMEOUT);
    exchange.onStreamError(Failure.Client.STREAM_ERROR);
    exchange.onClientClosed();
    assertThat(client.sent).containsExactly("reply 408 closing");
    assertFailed(Failure.Client.BODY_TIMEOUT);
  }

  @Test
  void aStreamErrorIsNotAnswered() {
    Exchange exchange = over(upstream, post());
    exchange.onStreamError(Failure.Client.STREAM_ERROR);
    assertThat(client.sent).isEmpty();
    assertThat(upstream.aborted).isTrue();
    assertFailed(Failure.Client.STREAM_ERROR);
  }

  // ---- the request's body

  @Test
  void anAnnouncedBodyThatIsTooLargeReachesNoEndpoint() {
    DefaultHttpRequest request =
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/x");
    request.headers().set("Content-Length", "21");
    exchange(request, false, ProxyFixture.needs(false, false)).start();
    assertThat(client.sent).hasSize(1).first().asString().startsWith("reply 413");
    assertThat(proxy.transport.pending).isEmpty();
    assertThat(log.attempts).isZero();
  }

  @Test
  void aBodyThatGrowsTooLargeEndsTheExchange() {
    Exchange exchange = over(upstream, post());
    exchange.onRequestContent(piece("0123456789"));
    exchange.onRequestContent(piece("0123456789"));
    exchange.onRequestContent(piece("x"));
    assertThat(client.sent).hasSize(1).first().asString().startsWith("reply 413");
    assertThat(upstream.aborted).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMalformedBodyIsRefused(boolean shares) {
    client.shares = shares;
    Exchange exchange = over(upstream, post());
    HttpContent broken = piece("x");
    broken.setDecoderResult(new MalformedMessage(Failure.Client.BAD_CHUNK).toResult());
    exchange.onRequestContent(broken);
    assertThat(client.sent).containsExactly(shares ? "abort MALFORMED" : "reply 400 closing");
    assertThat(upstream.aborted).isTrue();
    assertFailed(Failure.Client.BAD_CHUNK);
    assertThat(log.status).isEqualTo(400);
  }

  // ---- early answers

  @Test
  void anAnswerBeforeTheEndOfTheRequestEndsTheBackendsConnection() {
    Exchange exchange = over(upstream, post());
    upstream.listener().onHead(response(413));
    upstream.listener().onEnd(last(""));
    assertThat(client.sent).containsExactly("head 413 closing", "end");
    assertThat(upstream.aborted).isTrue();
    assertThat(exchange.requestEnded()).isFalse();
    assertThat(log.failure).isNull();
  }

  @Test
  void whereAConnectionAuthenticatesAnEarlyAnswerEndsAfterTheRequest() {
    Exchange exchange = over(upstream, pinned());
    upstream.listener().onHead(response(401));
    upstream.listener().onEnd(last("no"));
    assertThat(client.sent).containsExactly("head 401", "body no");
    assertThat(client.reading).isTrue();
    exchange.onRequestContent(piece("one"));
    exchange.onRequestContent(last("two"));
    assertThat(client.sent).containsExactly("head 401", "body no", "end");
    assertThat(upstream.sent).containsExactly("POST /x", "body one", "end two");
    assertThat(upstream.aborted).isFalse();
  }

  @Test
  void anEarlyAnswerWhoseRequestNeverEndsIsReleased() {
    Exchange exchange = over(upstream, pinned());
    upstream.listener().onHead(response(401));
    upstream.listener().onEnd(last("no"));
    exchange.onClientClosed();
    assertThat(upstream.aborted).isTrue();
    assertFailed(Failure.Client.CLIENT_CLOSED);
  }

  // ---- pinned connections

  @Test
  void aPinnedConnectionServesTheNextExchangeOfTheClient() {
    Exchange first = over(upstream, pinned());
    first.onRequestContent(last("one"));
    answer(upstream);
    assertThat(upstream.held).isTrue();
    upstream.idle = true;
    Exchange second = pinned();
    second.start();
    second.onRequestContent(last("two"));
    answer(upstream);
    assertThat(upstream.sent).containsExactly("POST /x", "end one", "POST /x", "end two");
    assertThat(proxy.transport.pending).isEmpty();
  }

  @Test
  void aPinnedConnectionThatIsBusyIsWaitedFor() {
    over(upstream, pinned()).onRequestContent(last("one"));
    answer(upstream);
    Exchange second = pinned();
    second.start();
    assertThat(client.reading).isFalse();
    upstream.sent.clear();
    Objects.requireNonNull(upstream.next).onConnected(upstream);
    assertThat(client.reading).isTrue();
    assertThat(upstream.sent).containsExactly("POST /x");
    assertThat(upstream.flushes).isPositive();
  }

  @Test
  void noOtherConnectionTakesThePlaceOfAPinnedOne() {
    over(upstream, pinned()).onRequestContent(last("one"));
    answer(upstream);
    exchange(HttpMethod.GET, true, false, true).start();
    Objects.requireNonNull(upstream.next).onConnectFailure(Failure.Upstream.CLOSED_BEFORE_RESPONSE);
    assertThat(client.sent).endsWith("reply 502");
    assertThat(proxy.transport.pending).isEmpty();
  }

  @Test
  void anOfferToAuthenticatePinsTheConnection() {
    over(upstream, get());
    HttpResponse offer = response(401);
    offer.headers().set("WWW-Authenticate", "NTLM");
    upstream.listener().onHead(offer);
    assertThat(upstream.held).isTrue();
    assertThat(log.pinned).isTrue();
  }

  @Test
  void aBackendThatCannotPinFailsTheExchange() {
    proxy.transport.pins = false;
    pinned().start();
    assertThat(proxy.transport.pending).isEmpty();
    assertFailed(Failure.Upstream.PROTOCOL_MISMATCH);
    assertThat(client.sent).hasSize(1).first().asString().startsWith("reply 502");
  }

  // ---- WebSocket

  @Test
  void aSwitchMakesATunnel() {
    Exchange exchange = over(upstream, webSocket());
    exchange.onRequestContent(piece("early"));
    assertThat(upstream.sent).as("the answer is awaited").containsExactly("GET /x");
    assertThat(client.reading).isFalse();
    upstream.listener().onHead(switching(WebSocketAccept.of(KEY)));
    assertThat(upstream.sent).containsExactly("GET /x", "body early");
    assertThat(client.reading).isTrue();
    assertThat(upstream.timeout).isEqualTo(Duration.ofHours(1));
    exchange.onRequestContent(piece("more than the route's bodies may have"));
    upstream.listener().onContent(piece("pong"));
    exchange.onClientClosed();
    assertThat(client.sent).containsExactly("head 101 closing", "body pong");
    assertThat(log.failure).as("either side may end a tunnel").isNull();
    assertThat(upstream.aborted).isTrue();
  }

  @Test
  void aSwitchThatProvesNothingIsRefused() {
    over(upstream, webSocket());
    upstream.listener().onHead(switching("x"));
    assertThat(client.sent).containsExactly("reply 502");
    assertThat(upstream.aborted).isTrue();
    assertThat(log.responseFault).isEqualTo(Failure.Response.BAD_WEBSOCKET_ACCEPT);
    assertThat(proxy.transport.failures).containsExactly("a bad_response bad_websocket_accept");
    assertThat(proxy.outcomes).containsExactly("a Failed");
  }

  @Test
  void aDeclinedSwitchIsAResponse() {
    Exchange exchange = over(upstream, webSocket());
    exchange.onRequestContent(piece("early"));
    upstream.listener().onHead(response(403));
    exchange.onRequestContent(piece("late"));
    upstream.listener().onEnd(last("no"));
    assertThat(upstream.sent).as("not meant for HTTP").containsExactly("GET /x", "end");
    assertThat(client.sent).containsExactly("head 403 closing", "end no");
    assertThat(upstream.aborted).isFalse();
  }

  @Test
  void theEndOfATunnelIsNoFailure() {
    Exchange exchange = over(upstream, webSocket());
    upstream.listener().onHead(switching(WebSocketAccept.of(KEY)));
    exchange.onRequestContent(last("bye"));
    upstream.listener().onEnd(last(""));
    assertThat(upstream.sent).containsExactly("GET /x", "end bye");
    assertThat(client.sent).containsExactly("head 101 closing", "end");
    assertThat(log.failure).isNull();
  }

  @Test
  void roomOnTheWayDoesNotLetAClientSpeakBeforeTheSwitch() {
    over(upstream, webSocket());
    upstream.listener().onWritable();
    assertThat(client.reading).isFalse();
  }

  @Test
  void aTunnelOfAPinnedConnectionEndsWithTheBackend() {
    over(upstream, exchange(HttpMethod.GET, false, /* webSocket= */ true, /* pin= */ true));
    upstream.listener().onHead(switching(WebSocketAccept.of(KEY)));
    upstream.listener().onEnd(last(""));
    assertThat(client.sent).endsWith("end");
    assertThat(upstream.aborted).isTrue();
  }

  @Test
  void aBackendThatFailsOnTheEndOfADeclinedSwitchEndsTheExchangeOnce() {
    over(upstream, webSocket());
    upstream.failsOnWrite = true;
    upstream.listener().onHead(response(403));
    assertThat(client.sent).containsExactly("reply 502");
  }
}
