package sallyport.front.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.testkit.EmbeddedHttp2;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.RawHttp2;

/** One stream of a client's connection: from its frames to the exchange, and back. */
class Http2ServerStreamTest {
  private static final int FRAME = 16 * 1024;

  private final Http2Client client = new Http2Client();

  @AfterEach
  void nothingIsLeftBehind() {
    client.hangUp();
    assertThat(client.proxy.transport.cluster().endpoints())
        .allSatisfy(endpoint -> assertThat(endpoint.requests()).isZero());
    client.channel.finishAndReleaseAll();
  }

  private ExchangeLog log() {
    assertThat(client.proxy.logs).hasSize(1);
    return client.proxy.logs.getFirst();
  }

  private static int windowUpdates(List<String> told, int stream) {
    String prefix = "WINDOW_UPDATE " + stream + " ";
    return told.stream()
        .filter(frame -> frame.startsWith(prefix))
        .mapToInt(frame -> Integer.parseInt(frame.substring(prefix.length())))
        .sum();
  }

  // ---- the plain way

  @Test
  void aRequestGoesToTheBackendAndItsResponseBack() {
    FakeClientStream upstream = client.opened().get(1);
    assertThat(upstream.sent).containsExactly("GET /x", "end");
    assertThat(upstream.flushes).as("at the end of the read").isEqualTo(1);
    upstream.responds(200);
    upstream.sends("abc");
    assertThat(client.told()).containsExactly("HEADERS 1 200", "DATA 1 abc");
    upstream.ends("de");
    assertThat(client.told()).containsExactly("DATA 1 de end");
    assertThat(client.streams()).isZero();
    assertThat(log().status).isEqualTo(200);
    assertThat(log().protocol).isEqualTo("HTTP/2");
    assertThat(log().failure).isNull();
    assertThat(upstream.aborted).isFalse();
  }

  @Test
  void everyResponseCarriesStrictTransportSecurity() {
    client.opened().get(1).answers(200, "");
    client.told();
    assertThat(client.frames.head(1).get("strict-transport-security"))
        .hasToString(Http2Client.HSTS);
  }

  @ParameterizedTest
  @CsvSource({"set-cookie, true", "x-plain, false"})
  void secretsStayOutOfTheTableOfTheConnection(String name, boolean literal) {
    client.opened();
    StringBuilder sent = new StringBuilder();
    for (int stream : new int[] {1, 3}) {
      DefaultHttpResponse response =
          new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
      response.headers().set(name, "value-of-" + name);
      FakeClientStream upstream = client.get(stream);
      upstream.listener().onHead(response);
      upstream.ends("");
      client.channel.runPendingTasks();
      for (ByteBuf next; (next = client.channel.readOutbound()) != null; next.release()) {
        sent.append(next.toString(StandardCharsets.ISO_8859_1));
      }
    }
    assertThat(sent.toString().split("value-of-" + name, -1)).hasSize(literal ? 3 : 2);
  }

  @ParameterizedTest
  @CsvSource({"GET, 204, ''", "HEAD, 200, ''"})
  void aResponseWithoutABodyEndsWithItsHead(String method, int status, String body) {
    client.opened();
    FakeClientStream upstream = client.idle();
    client.frames.read("HE1" + Http2Client.head(method, ""));
    upstream.answers(status, body);
    assertThat(client.told()).containsExactly("HEADERS 1 " + status + " end");
  }

  @Test
  void aHeadThatIsFollowedByNothingYetIsSent() {
    FakeClientStream upstream = client.opened().get(1);
    upstream.responds(200);
    assertThat(client.told()).as("what follows may come at once").isEmpty();
    upstream.listener().onReadComplete();
    assertThat(client.told()).containsExactly("HEADERS 1 200");
  }

  @Test
  void aBodyIsHandedOnAsItComes() {
    FakeClientStream upstream = client.opened().post(1);
    assertThat(upstream.sent).containsExactly("POST /x");
    client.frames.read("D1 one");
    client.frames.read("DE1 two");
    assertThat(upstream.sent).containsExactly("POST /x", "body one", "end two");
    assertThat(upstream.flushes).as("one a read").isEqualTo(3);
  }

  @Test
  void trailersPassInBothDirections() {
    FakeClientStream upstream = client.opened().post(1);
    client.frames.read("D1 one ; HE1 x-sum=1");
    assertThat(upstream.sent).containsExactly("POST /x", "body one", "end  [x-sum=1]");
    DefaultLastHttpContent end = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
    end.trailingHeaders().set("grpc-status", "0");
    upstream.responds(200);
    upstream.sends("two");
    upstream.listener().onEnd(end);
    assertThat(client.told())
        .containsExactly("HEADERS 1 200", "DATA 1 two", "HEADERS 1 grpc-status=0 end");
  }

  @Test
  void interimResponsesAreSentAtOnce() {
    FakeClientStream upstream = client.opened().get(1);
    upstream.interim(103);
    assertThat(client.told()).containsExactly("HEADERS 1 103");
    upstream.answers(200, "");
    assertThat(client.told()).containsExactly("HEADERS 1 200 end");
  }

  @Test
  void streamsOfOneReadGoToBackendsOfTheirOwn() {
    client.opened();
    FakeClientStream first = client.idle();
    FakeClientStream second = client.idle();
    client.frames.read(
        "H1" + Http2Client.head("POST", "") + " ; HE3" + Http2Client.head("GET", "") + " ; DE1 x");
    assertThat(first.sent).containsExactly("POST /x", "end x");
    assertThat(second.sent).containsExactly("GET /x", "end");
    assertThat(first.flushes).as("at the end of the read").isEqualTo(1);
    second.answers(200, "");
    first.answers(201, "");
    assertThat(client.told()).containsExactly("HEADERS 3 200 end", "HEADERS 1 201 end");
  }

  // ---- refusals

  @Test
  void aRefusedRequestIsAnswered() {
    client.opened().frames.read("HE1" + Http2Client.head("TRACE", ""));
    assertThat(client.told()).containsExactly("HEADERS 1 405", "DATA 1 23 end");
    assertThat(client.proxy.refusals).containsExactly("method_not_allowed");
    assertThat(client.frames.head(1).contains("strict-transport-security")).isTrue();
  }

  @Test
  void aRefusedRequestThatIsWholeMeanwhileIsNotReset() {
    client.opened().frames.read("H1" + Http2Client.head("TRACE", "") + " ; DE1 abc");
    assertThat(client.told()).containsExactly("HEADERS 1 405", "DATA 1 23 end");
    assertThat(client.streams()).isZero();
  }

  @Test
  void theRestOfARefusedRequestIsNotNeeded() {
    client.opened().frames.read("H1" + Http2Client.head("TRACE", ""));
    assertThat(client.told())
        .containsExactly("HEADERS 1 405", "DATA 1 23 end", "RST_STREAM 1 NO_ERROR");
  }

  @Test
  void aMalformedHeadResetsTheStream() {
    client.opened().frames.read("HE1 :method=GET & :scheme=https & :authority=localhost");
    assertThat(client.told()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR");
    assertThat(client.proxy.refusals).containsExactly("bad_header");
  }

  @Test
  void aLoginIsToBeSentAgainOverHttp1() {
    client.opened().frames.read("HE1" + Http2Client.head("GET", "authorization=NTLM x"));
    assertThat(client.told()).containsExactly("RST_STREAM 1 HTTP_1_1_REQUIRED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"DE1 abc", "D1 abcdef", "D1 ab ; HE1 x-sum=1"})
  void aBodyOfAnotherLengthResetsTheStreamAndEndsTheBackends(String body) {
    client.opened();
    FakeClientStream upstream = client.idle();
    client.frames.read("H1" + Http2Client.head("POST", "content-length=5"));
    client.frames.read(body);
    assertThat(client.told()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR");
    assertThat(upstream.aborted).isTrue();
    assertThat(upstream.sent).noneMatch(part -> part.startsWith("end"));
    assertThat(log().failure).isEqualTo(Failure.Client.CONTENT_LENGTH_MISMATCH);
    assertThat(client.reports).containsExactly("content_length_mismatch");
  }

  // ---- the end of streams

  @Test
  void aStreamThatTheClientResetsEndsItsExchange() {
    FakeClientStream upstream = client.opened().get(1);
    upstream.responds(200);
    upstream.sends("abc");
    client.told();
    client.frames.read("R1 8");
    assertThat(upstream.aborted).isTrue();
    assertThat(client.told()).isEmpty();
    assertThat(log().failure).isEqualTo(Failure.Client.CLIENT_CLOSED);
    assertThat(client.proxy.outcomes).containsExactly("a Cancelled");
  }

  @Test
  void aResponseThatWillNotBeWholeResetsTheStream() {
    FakeClientStream upstream = client.opened().get(1);
    client.inOneRead(
        () -> {
          upstream.responds(200);
          upstream.sends("abc");
          upstream.fails(Failure.Upstream.CLOSED_DURING_RESPONSE);
        });
    assertThat(client.told())
        .as("nothing follows a reset")
        .containsExactly("HEADERS 1 200", "RST_STREAM 1 INTERNAL_ERROR");
    assertThat(client.streams()).isZero();
    assertThat(log().failure).isEqualTo(Failure.Upstream.CLOSED_DURING_RESPONSE);
  }

  @Test
  void aBackendThatFailsBeforeItsResponseIsAnsweredFor() {
    client.opened().get(1).fails(Failure.Upstream.RESPONSE_TIMEOUT);
    assertThat(client.told()).containsExactly("HEADERS 1 504", "DATA 1 20 end");
  }

  @Test
  void anErrorOfOneStreamEndsThatStreamAlone() {
    FakeClientStream first = client.opened().post(1);
    FakeClientStream second = client.get(3);
    client.frames.receive(RawHttp2.WINDOW_UPDATE, 0, 1, EmbeddedHttp2.number(0));
    assertThat(client.told()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR");
    assertThat(first.aborted).isTrue();
    assertThat(log().failure).isEqualTo(Failure.Client.STREAM_ERROR);
    assertThat(client.reports).containsExactly("stream_error");
    second.answers(200, "");
    assertThat(client.told()).containsExactly("HEADERS 3 200 end");
  }

  @Test
  void aClientThatGoesAwayEndsAllExchanges() {
    FakeClientStream first = client.opened().get(1);
    FakeClientStream second = client.post(3);
    client.hangUp();
    assertThat(first.aborted).isTrue();
    assertThat(second.aborted).isTrue();
    assertThat(client.proxy.logs)
        .extracting(each -> each.failure)
        .containsOnly(Failure.Client.CLIENT_CLOSED)
        .hasSize(2);
  }

  // ---- early answers

  @Test
  void onceTheResponseIsWholeTheRestOfTheRequestIsNotNeeded() {
    FakeClientStream upstream = client.opened().post(1);
    upstream.answers(403, "no");
    assertThat(client.told())
        .containsExactly("HEADERS 1 403", "DATA 1 no end", "RST_STREAM 1 NO_ERROR");
    assertThat(upstream.aborted).as("the backend's request is not whole").isTrue();
  }

  @Test
  void theResetDoesNotOvertakeTheResponse() {
    FakeClientStream upstream = client.opened(Http2Client.window(1)).post(1);
    upstream.answers(403, "no");
    assertThat(client.told()).containsExactly("HEADERS 1 403", "DATA 1 n");
    client.widen(1, 10);
    assertThat(client.told()).containsExactly("DATA 1 o end", "RST_STREAM 1 NO_ERROR");
  }

  @Test
  void whatComesBehindTheResponseIsThrownAwayAndItsWindowReturned() {
    FakeClientStream upstream = client.opened(Http2Client.window(0)).post(1);
    upstream.answers(403, "no");
    client.told();
    int sent = upstream.sent.size();
    for (int i = 0; i < 3; i++) {
      client.data(1, FRAME);
    }
    assertThat(upstream.sent).hasSize(sent);
    assertThat(client.kept(1)).isZero();
    assertThat(windowUpdates(client.told(), 1)).isPositive();
  }

  // ---- flow control of the request

  @Test
  void theWindowReturnsAsTheBackendTakesTheBody() {
    client.opened().post(1);
    for (int i = 0; i < 4; i++) {
      client.data(1, FRAME - 1);
    }
    assertThat(windowUpdates(client.told(), 1)).isPositive();
    assertThat(client.kept(1)).isZero();
  }

  @Test
  void aClientMaySendNoMoreThanItsWindowWhileTheBackendTakesNothing() {
    FakeClientStream upstream = client.opened().post(1);
    upstream.writable = false;
    for (int i = 0; i < 3; i++) {
      client.data(1, FRAME);
    }
    assertThat(client.told()).isEmpty();
    assertThat(client.kept(1)).isEqualTo(3 * FRAME);
    upstream.drains();
    assertThat(windowUpdates(client.told(), 1)).as("once, and all of it").isEqualTo(3 * FRAME);
    assertThat(client.kept(1)).isZero();
    upstream.drains();
    assertThat(client.told()).isEmpty();
  }

  @Test
  void paddingCountsAgainstTheWindowAndReturnsWithTheRest() {
    FakeClientStream upstream = client.opened().post(1);
    upstream.writable = false;
    byte[] padded = new byte[FRAME];
    padded[0] = (byte) 200;
    for (int i = 0; i < 3; i++) {
      client.frames.receive(RawHttp2.DATA, EmbeddedHttp2.PADDED, 1, padded);
    }
    assertThat(client.kept(1)).isEqualTo(3 * padded.length);
    assertThat(upstream.sent).endsWith("body " + (FRAME - 201));
    upstream.drains();
    assertThat(windowUpdates(client.told(), 1)).isEqualTo(3 * padded.length);
  }

  @Test
  void aBodyThatWaitsForAConnectionIsHeldBackByTheWindow() {
    client.opened().frames.read("H1" + Http2Client.head("POST", ""));
    for (int i = 0; i < 3; i++) {
      client.data(1, FRAME);
    }
    assertThat(client.kept(1)).isEqualTo(3 * FRAME);
    FakeClientStream upstream = new FakeClientStream();
    client.proxy.transport.pending.getFirst().connected(upstream);
    assertThat(upstream.sent).hasSize(4);
    assertThat(windowUpdates(client.told(), 1)).isEqualTo(3 * FRAME);
  }

  @Test
  void anExchangeThatEndsReturnsWhatItHeldBack() {
    FakeClientStream upstream = client.opened(Http2Client.window(0)).post(1);
    upstream.writable = false;
    for (int i = 0; i < 3; i++) {
      client.data(1, FRAME);
    }
    upstream.answers(403, "no");
    assertThat(windowUpdates(client.told(), 1)).isEqualTo(3 * FRAME);
    assertThat(client.kept(1)).isZero();
  }

  @Test
  void aStreamThatWaitsHoldsUpNoOther() {
    FakeClientStream first = client.opened().post(1);
    FakeClientStream second = client.post(3);
    first.writable = false;
    for (int i = 0; i < 3; i++) {
      client.data(1, FRAME);
      client.data(3, FRAME);
    }
    List<String> told = client.told();
    assertThat(windowUpdates(told, 1)).isZero();
    assertThat(windowUpdates(told, 3)).isPositive();
    assertThat(second.sent).hasSize(4);
  }

  // ---- flow control of the response

  @Test
  void aBackendWaitsWhileTheWindowOfItsStreamIsUsedUp() {
    FakeClientStream upstream = client.opened().get(1);
    upstream.responds(200);
    upstream.sends("x".repeat(70_000));
    assertThat(upstream.reading).isFalse();
    assertThat(client.told()).contains("HEADERS 1 200").doesNotContain("DATA 1 end");
    client.widen(1, 4_000);
    assertThat(upstream.reading).as("not all of it is taken").isFalse();
    client.widen(1, 10_000);
    assertThat(upstream.reading).isTrue();
    upstream.ends("");
    assertThat(client.told()).endsWith("DATA 1  end");
  }

  @Test
  void aResponseOfOneStreamDoesNotWaitForThatOfAnother() {
    FakeClientStream first = client.opened(Http2Client.window(70_000)).get(1);
    first.responds(200);
    // The connection has 65535 octets for all streams.
    first.sends("x".repeat(70_000));
    FakeClientStream second = client.get(3);
    second.answers(204, "");
    assertThat(client.told()).contains("HEADERS 3 204 end");
    assertThat(second.aborted).isFalse();
  }

  @Test
  void aClientThatTakesNothingOfAWholeResponseIsCutOff() {
    client.opened(Http2Client.window(0)).get(1).answers(200, "abc");
    assertThat(client.told()).containsExactly("HEADERS 1 200");
    assertThat(log().failure).as("the exchange is over").isNull();
    client.pass(60);
    assertThat(client.told()).contains("RST_STREAM 1 INTERNAL_ERROR");
    assertThat(client.proxy.refusals).containsExactly("read_too_slow");
    assertThat(client.streams()).isZero();
  }

  @Test
  void aWholeResponseThatTheClientTakesIsNotHeldToAPace() {
    FakeClientStream upstream = client.opened(Http2Client.window(0)).get(1);
    upstream.answers(200, "abc");
    client.widen(1, 10);
    assertThat(client.told()).containsExactly("HEADERS 1 200", "DATA 1 abc end");
    client.pass(50);
    assertThat(client.told()).isEmpty();
    assertThat(client.proxy.refusals).isEmpty();
  }

  // ---- timeouts

  @Test
  void aBodyThatStandsStillIsAnsweredFor() {
    FakeClientStream upstream = client.opened().post(1);
    client.frames.read("D1 one");
    client.pass(19);
    assertThat(client.told()).isEmpty();
    client.pass(1);
    assertThat(client.told())
        .containsExactly("HEADERS 1 408", "DATA 1 20 end", "RST_STREAM 1 NO_ERROR");
    assertThat(upstream.aborted).isTrue();
    assertThat(log().failure).isEqualTo(Failure.Client.BODY_TIMEOUT);
  }

  @Test
  void aBodyThatTheBackendDoesNotTakeIsNotTheClientsDelay() {
    FakeClientStream upstream = client.opened().post(1);
    upstream.writable = false;
    client.data(1, FRAME);
    client.pass(50);
    assertThat(client.proxy.logs).isEmpty();
    upstream.drains();
    client.pass(25);
    assertThat(log().failure).isEqualTo(Failure.Client.BODY_TIMEOUT);
  }

  @Test
  void aClientThatWaitsFor100HasItsTimeFromThere() {
    client.opened();
    FakeClientStream upstream = client.idle();
    client.frames.read("H1" + Http2Client.head("POST", "expect=100-continue"));
    client.pass(50);
    assertThat(client.proxy.logs).isEmpty();
    upstream.interim(100);
    assertThat(client.told()).contains("HEADERS 1 100");
    client.pass(19);
    assertThat(client.proxy.logs).isEmpty();
    client.pass(1);
    assertThat(Objects.requireNonNull(log().failure)).isEqualTo(Failure.Client.BODY_TIMEOUT);
  }

  @Test
  void onceTheResponseHasBegunTheRestOfTheBodyIsNotAwaited() {
    FakeClientStream upstream = client.opened().post(1);
    upstream.responds(200);
    upstream.sends("x");
    client.pass(25);
    assertThat(client.proxy.logs).isEmpty();
  }
}
