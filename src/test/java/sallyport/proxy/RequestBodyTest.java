package sallyport.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.http.FieldNameSet;
import sallyport.http.codec.MalformedMessage;
import sallyport.http.forwarded.IdentityFields;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.ProxyFixture;
import sallyport.values.ClientAddress;

/** The body of one request, piece by piece; ten bytes at most. */
class RequestBodyTest {
  private static final long LIMIT = 10;

  private final ExchangeLog log =
      new ExchangeLog("https", ClientAddress.direct(ProxyFixture.CLIENT), "HTTP/1.1", "POST");
  private final FakeClientStream stream = new FakeClientStream();
  private final List<ByteBuf> buffers = new ArrayList<>();
  private final RequestBody body = body(/* ended= */ false, /* heldBack= */ false);

  private RequestBody body(boolean ended, boolean heldBack) {
    IdentityFields fields =
        new IdentityFields(
            new FieldNameSet(List.of("x-user"), List.of()),
            new FieldNameSet(List.of("x-of-proxies"), List.of()));
    return new RequestBody(ended, heldBack, LIMIT, fields, log);
  }

  private HttpContent piece(String text) {
    return new DefaultHttpContent(bytes(text));
  }

  private LastHttpContent last(String text) {
    return new DefaultLastHttpContent(bytes(text));
  }

  private ByteBuf bytes(String text) {
    ByteBuf buffer = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    buffers.add(buffer);
    return buffer;
  }

  private static HttpContent malformed(HttpContent content) {
    content.setDecoderResult(new MalformedMessage(Failure.Client.BAD_CHUNK).toResult());
    return content;
  }

  private List<Integer> references() {
    return buffers.stream().map(ByteBuf::refCnt).toList();
  }

  @AfterEach
  void releaseTheRest() {
    buffers.stream().filter(buffer -> buffer.refCnt() > 0).forEach(ByteBuf::release);
  }

  // ---- what comes in

  @Test
  void theBytesOfAllPiecesAreCounted() {
    assertThat(body.receive(piece("abc"))).isNull();
    assertThat(body.receive(last("de"))).isNull();
    assertThat(log.requestBytes).isEqualTo(5);
  }

  @Test
  void onlyTheLastPieceEndsIt() {
    body.receive(piece("abc"));
    assertThat(body.isEnded()).isFalse();
    body.receive(last(""));
    assertThat(body.isEnded()).isTrue();
  }

  @Test
  void aRequestWithoutABodyIsWholeWithItsHead() {
    assertThat(body(/* ended= */ true, false).isEnded()).isTrue();
  }

  @Test
  void theLimitIsForAllPiecesTogetherAndMayBeReached() {
    assertThat(body.receive(piece("01234"))).isNull();
    assertThat(body.receive(piece("56789"))).isNull();
    assertThat(body.receive(piece("x"))).isEqualTo(Failure.Client.BODY_TOO_LARGE);
  }

  @Test
  void aLastPieceAboveTheLimitIsNoEnd() {
    assertThat(body.receive(last("0123456789x"))).isEqualTo(Failure.Client.BODY_TOO_LARGE);
    assertThat(body.isEnded()).isFalse();
  }

  @Test
  void aMalformedPieceIsRefusedAndChangesNothing() {
    RequestBody expecting = body(false, /* heldBack= */ true);
    assertThat(expecting.receive(malformed(last("abc")))).isEqualTo(Failure.Client.BAD_CHUNK);
    assertThat(expecting.isEnded()).isFalse();
    assertThat(expecting.isHeldBack()).isTrue();
    assertThat(log.requestBytes).isZero();
  }

  @Test
  void aRefusedPieceStaysItsSenders() {
    body.receive(malformed(piece("abc")));
    body.receive(piece("0123456789x"));
    assertThat(references()).containsExactly(1, 1);
  }

  // ---- Expect: 100-continue

  @Test
  void aBodyIsHeldBackUntilTheClientIsToldToGoOn() {
    RequestBody expecting = body(false, /* heldBack= */ true);
    assertThat(expecting.isHeldBack()).isTrue();
    expecting.letGo();
    assertThat(expecting.isHeldBack()).isFalse();
  }

  @Test
  void aBodyThatComesUntoldIsNotHeldBack() {
    RequestBody expecting = body(false, /* heldBack= */ true);
    expecting.receive(piece("abc"));
    assertThat(expecting.isHeldBack()).isFalse();
  }

  // ---- trailers

  @Test
  void trailersSayNothingOfWhoTheClientIs() {
    LastHttpContent last = last("");
    last.trailingHeaders().set("X-User", "root").set("X-Of-Proxies", "1").set("X-Sum", "2");
    body.receive(last);
    assertThat(last.trailingHeaders().names())
        .as("no client may speak for others in trailers, not even a proxy")
        .containsExactly("X-Of-Proxies", "X-Sum");
  }

  // ---- pieces that wait

  @Test
  void whatWaitsIsSentInItsOrderOnceAndReleased() {
    body.keep(piece("one"));
    body.keep(piece("two"));
    body.keep(last("three"));
    assertThat(references()).as("kept").containsExactly(1, 1, 1);
    body.sendWaiting(stream);
    body.sendWaiting(stream);
    assertThat(stream.sent).containsExactly("body one", "body two", "end three");
    assertThat(stream.flushes).isZero();
    assertThat(references()).containsOnly(0);
  }

  @Test
  void aBodyIsSentFromItsFirstPieceOn() {
    body.keep(piece("one"));
    assertThat(body.isSent()).as("what waits can be sent elsewhere").isFalse();
    body.sendWaiting(stream);
    assertThat(body.isSent()).isTrue();
  }

  @Test
  void nothingIsSentWhereNothingWaits() {
    body.sendWaiting(stream);
    assertThat(body.isSent()).isFalse();
  }

  @Test
  void aPieceThatIsSentAtOnceIsSentToo() {
    body.send(stream, piece("one"));
    assertThat(body.isSent()).isTrue();
    assertThat(references()).containsExactly(0);
  }

  @Test
  void whatWaitsIsReleasedWithItsExchangeAndNotSentAnyMore() {
    body.keep(piece("one"));
    body.keep(last("two"));
    body.release();
    body.sendWaiting(stream);
    assertThat(references()).containsExactly(0, 0);
    assertThat(stream.sent).isEmpty();
    assertThat(body.isDiscarded()).isFalse();
  }

  @Test
  void aDiscardedBodyKeepsNothing() {
    body.keep(piece("one"));
    body.discard();
    body.sendWaiting(stream);
    assertThat(body.isDiscarded()).isTrue();
    assertThat(references()).containsExactly(0);
    assertThat(stream.sent).isEmpty();
  }
}
