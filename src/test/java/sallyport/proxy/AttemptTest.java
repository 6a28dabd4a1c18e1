package sallyport.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cluster.Cluster;
import sallyport.cluster.Outcome;
import sallyport.cluster.Pick;
import sallyport.cluster.PickContext;
import sallyport.config.GatewayConfig;
import sallyport.http.FieldNameSet;
import sallyport.http.forwarded.IdentityFields;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.testkit.Backends;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.FakeTransport;
import sallyport.testkit.ProxyFixture;
import sallyport.values.ClientAddress;

/** One try of a GET at one endpoint, over connections that are fake. */
class AttemptTest {
  private static final GatewayConfig CONFIG = Backends.gateway("", "endpoints = [ \"a:1\" ]");
  private static final Outcome CANCELLED = new Outcome.Cancelled();

  private final List<Outcome> outcomes = new ArrayList<>();
  private final Cluster cluster =
      new Cluster(
          Objects.requireNonNull(CONFIG.backends().get("app")),
          (endpoint, outcome) -> outcomes.add(outcome));
  private final FakeTransport transport = new FakeTransport(cluster, ProxyFixture.METRICS);
  private final FakeHttpStream client = new FakeHttpStream(new EmbeddedChannel().eventLoop());
  private final FakeClientStream stream = new FakeClientStream();
  private final ExchangeLog log =
      new ExchangeLog("https", ClientAddress.direct(ProxyFixture.CLIENT), "HTTP/1.1", "GET");
  private final RequestBody body = body(/* ended= */ false);

  private final DefaultHttpRequest request =
      new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/x");

  private RequestBody body(boolean ended) {
    FieldNameSet none = new FieldNameSet(List.of(), List.of());
    return new RequestBody(ended, false, 100, new IdentityFields(none, none), log);
  }

  /**
   * An attempt of an exchange that is in no need of it.
   *
   * @param pin the connection that it has to go over
   */
  private Attempt attempt(@Nullable FakeClientStream pin) {
    ProxyFixture proxy = new ProxyFixture(CONFIG);
    Exchange exchange =
        new Exchange(
            client,
            proxy.context(client.loop()),
            proxy.target(),
            log,
            request,
            /* key= */ null,
            /* preferred= */ null,
            /* bodyless= */ true,
            ProxyFixture.needs(false, false));
    return new Attempt(exchange, transport, (Pick.Picked) cluster.pick(PickContext.FIRST), pin);
  }

  private Attempt attempt() {
    return attempt(null);
  }

  private boolean connect(Attempt attempt) {
    return attempt.connect(client, ProxyFixture.needs(false, false), /* patient= */ false);
  }

  private FakeTransport.Pending pending() {
    return transport.pending.getFirst();
  }

  private static HttpContent piece(String text) {
    return new DefaultHttpContent(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private static LastHttpContent last(String text) {
    return new DefaultLastHttpContent(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private void receive(HttpContent content) {
    assertThat(body.receive(content)).isNull();
    body.keep(content);
  }

  // ---- the stream

  @Test
  void anIdleConnectionIsTakenFromThePool() {
    transport.idle.add(stream);
    assertThat(attempt().poll(client, /* fresh= */ false)).isEqualTo(stream);
    assertThat(transport.idle).isEmpty();
  }

  @Test
  void whereItHasToBeFreshAnIdleConnectionStaysInThePool() {
    transport.idle.add(stream);
    assertThat(attempt().poll(client, /* fresh= */ true)).isNull();
    assertThat(transport.idle).containsExactly(stream);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPinnedConnectionThatIsIdleIsTakenHoweverFreshItHasToBe(boolean fresh) {
    stream.idle = true;
    transport.idle.add(new FakeClientStream());
    assertThat(attempt(stream).poll(client, fresh)).isEqualTo(stream);
    assertThat(transport.idle).hasSize(1);
  }

  @Test
  void noIdleConnectionTakesThePlaceOfAPinnedOneThatIsBusy() {
    transport.idle.add(new FakeClientStream());
    assertThat(attempt(stream).poll(client, /* fresh= */ false)).isNull();
  }

  @Test
  void aPinnedConnectionThatIsBusyIsWaitedForAndNoOtherIsOpened() {
    Attempt attempt = attempt(stream);
    assertThat(connect(attempt)).isTrue();
    assertThat(stream.next).isEqualTo(attempt);
    assertThat(transport.pending).isEmpty();
  }

  @Test
  void aConnectionThatIsNotThereYetIsWaitedFor() {
    assertThat(connect(attempt())).isTrue();
    assertThat(pending().endpoint).isEqualTo(cluster.endpoints().getFirst());
  }

  @Test
  void aConnectionThatIsThereAtOnceIsNotWaitedFor() {
    transport.atOnce.add(stream);
    assertThat(connect(attempt())).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itsPatienceIsToldToTheTransport(boolean patient) {
    attempt().connect(client, ProxyFixture.needs(false, false), patient);
    assertThat(pending().patient).isEqualTo(patient);
  }

  // ---- waiting no more

  @Test
  void aConnectionThatIsWaitedForIsCancelled() {
    Attempt attempt = attempt();
    connect(attempt);
    attempt.cancel();
    assertThat(pending().cancelled).isTrue();
    pending().cancelled = false;
    attempt.cancel();
    assertThat(pending().cancelled).as("once").isFalse();
  }

  @Test
  void aConnectionThatHasComeIsNotCancelled() {
    Attempt attempt = attempt();
    connect(attempt);
    pending().connected(stream);
    attempt.cancel();
    assertThat(pending().cancelled).isFalse();
  }

  @Test
  void aConnectionThatHasFailedIsNotCancelled() {
    Attempt attempt = attempt();
    connect(attempt);
    pending().failed(Failure.Upstream.CONNECT_REFUSED);
    attempt.cancel();
    assertThat(pending().cancelled).isFalse();
  }

  @Test
  void beforeAConnectionIsAskedForThereIsNothingToCancel() {
    attempt().cancel();
    assertThat(transport.pending).isEmpty();
  }

  // ---- sending

  @Test
  void whatHasComeOfTheBodyFollowsTheHead() {
    receive(piece("one"));
    attempt().send(stream, request, body, /* awaitsSwitch= */ false);
    assertThat(stream.sent).containsExactly("GET /x", "body one");
    assertThat(stream.flushes).as("whoever reads the client flushes").isZero();
  }

  @Test
  void aWholeBodyIsEndedOnce() {
    receive(piece("one"));
    receive(last("two"));
    attempt().send(stream, request, body, /* awaitsSwitch= */ false);
    assertThat(stream.sent).containsExactly("GET /x", "body one", "end two");
  }

  @Test
  void aRequestWithoutABodyIsEnded() {
    attempt().send(stream, request, body(/* ended= */ true), /* awaitsSwitch= */ false);
    assertThat(stream.sent).containsExactly("GET /x", "end");
  }

  @Test
  void whileASwitchIsAwaitedTheBodyWaits() {
    receive(last("early"));
    attempt().send(stream, request, body, /* awaitsSwitch= */ true);
    assertThat(stream.sent).containsExactly("GET /x");
    body.release();
  }

  // ---- its end

  static Stream<Arguments> ends() {
    return Stream.of(
        Arguments.of(
            Failure.Upstream.BAD_RESPONSE, new Outcome.Failed(Failure.Upstream.BAD_RESPONSE)),
        Arguments.of(
            Failure.Upstream.STREAM_TIMEOUT, new Outcome.Failed(Failure.Upstream.STREAM_TIMEOUT)),
        Arguments.of(Failure.Client.CLIENT_CLOSED, CANCELLED),
        Arguments.of(Failure.Client.BODY_TIMEOUT, CANCELLED),
        Arguments.of(Failure.Gateway.INTERNAL, CANCELLED),
        Arguments.of(Failure.Access.CLIENT_NOT_LISTED, CANCELLED));
  }

  @ParameterizedTest
  @MethodSource("ends")
  void theClusterLearnsWhoFailed(Failure failure, Outcome outcome) {
    attempt().ended(failure, log);
    assertThat(outcomes).containsExactly(outcome);
  }

  @Test
  void theClusterLearnsTheStatusAndHowLongTheHeadTook() {
    long before = System.nanoTime();
    Attempt attempt = attempt();
    log.status = 204;
    log.responseHeadNanos = before + 1_000_000_000_000L;
    attempt.ended(null, log);
    Outcome.Answered answered = (Outcome.Answered) outcomes.getFirst();
    assertThat(answered.status()).isEqualTo(204);
    assertThat(answered.nanos()).isPositive().isLessThanOrEqualTo(1_000_000_000_000L);
  }

  @Test
  void itEndsOnce() {
    Attempt attempt = attempt();
    assertThat(cluster.endpoints().getFirst().requests()).isEqualTo(1);
    attempt.ended(new Outcome.ConnectFailed(Failure.Upstream.CONNECT_REFUSED));
    assertThat(cluster.endpoints().getFirst().requests()).isZero();
    assertThatThrownBy(() -> attempt.ended(Failure.Client.CLIENT_CLOSED, log))
        .isInstanceOf(IllegalStateException.class);
    assertThat(outcomes).hasSize(1);
  }
}
