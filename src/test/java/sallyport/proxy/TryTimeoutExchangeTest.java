package sallyport.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Withdrawal;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.testkit.Backends;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.FakeTransport;
import sallyport.testkit.ProxyFixture;
import sallyport.values.ClientAddress;

/** Attempts at endpoints a and b of 2 s each, 30 s together, with a clock that stands. */
class TryTimeoutExchangeTest {
  private static final Duration TRY = Duration.ofSeconds(2);

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final FakeHttpStream client = new FakeHttpStream(channel.eventLoop());
  private final ExchangeLog log =
      new ExchangeLog("https", ClientAddress.direct(ProxyFixture.CLIENT), "", "");
  private final FakeClientStream first = new FakeClientStream();
  private final FakeClientStream second = new FakeClientStream();
  private ProxyFixture proxy = with("");

  private static ProxyFixture with(String retries) {
    return new ProxyFixture(
        Backends.gateway(
            "response-timeout = 30s, idle-timeout = 60s",
            "endpoints = [ \"a:1\", \"b:1\" ], retries { try-timeout = 2s, " + retries + " }"));
  }

  @BeforeEach
  void stopTheClock() {
    channel.freezeTime();
  }

  @AfterEach
  void nothingIsInFlight() {
    assertThat(proxy.outcomes).as("each attempt has one").hasSize(log.attempts);
    assertThat(proxy.transport.cluster().requests()).isZero();
    channel.finishAndReleaseAll();
  }

  private Exchange start(HttpMethod method, boolean bodyless, boolean pinned) {
    proxy.transport.idle.add(first);
    Exchange exchange =
        new Exchange(
            client,
            proxy.context(channel.eventLoop()),
            proxy.target(),
            log,
            new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, "/x"),
            /* key= */ null,
            /* preferred= */ null,
            bodyless,
            ProxyFixture.needs(/* webSocket= */ false, pinned));
    exchange.start();
    return exchange;
  }

  private void get() {
    start(HttpMethod.GET, /* bodyless= */ true, /* pinned= */ false);
  }

  private void pass(Duration time) {
    channel.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The endpoint of the attempt says nothing until its time is over. */
  private void hangs(FakeClientStream stream) {
    assertThat(stream.timeout).isNotNull();
    pass(stream.timeout);
    stream.timesOut();
  }

  // ---- given up

  @Test
  void anAttemptWithoutAResponseGivesWayToAnotherEndpoint() {
    get();
    assertThat(first.timeout).isEqualTo(TRY);
    hangs(first);
    assertThat(client.sent).isEmpty();
    proxy.transport.pending.getFirst().connected(second);
    second.answers(200, "");
    assertThat(client.sent).contains("head 200");
    assertThat(proxy.transport.failures).containsExactly("a try_timeout");
    assertThat(proxy.outcomes).containsExactly("a Failed", "b Answered");
    assertThat(log.attempts).isEqualTo(2);
    assertThat(log.failure).isNull();
  }

  @Test
  void anAttemptThatIsGivenUpCountsAgainstItsEndpoint() {
    proxy =
        new ProxyFixture(
            Backends.gateway(
                "",
                "endpoints = [ \"a:1\", \"b:1\" ], retries.try-timeout = 2s, ejection.consecutive-failures = 1"));
    get();
    hangs(first);
    Endpoint a = proxy.transport.cluster().endpoints().getFirst();
    assertThat(a.ejection().isInService()).isFalse();
    proxy.transport.pending.getFirst().connected(second);
    second.answers(200, "");
  }

  // ---- the whole time

  @Test
  void theLastEndpointHasWhatIsLeftOfTheTimeOfTheResponse() {
    get();
    hangs(first);
    pass(Duration.ofSeconds(1));
    proxy.transport.pending.getFirst().connected(second);
    assertThat(second.timeout).isEqualTo(TRY);
    hangs(second);
    assertThat(client.sent).as("no other endpoint is left").isEmpty();
    assertThat(second.timeout).isEqualTo(Duration.ofSeconds(30 - 2 - 1 - 2));
    hangs(second);
    assertThat(client.sent).containsExactly("reply 504");
    assertThat(log.failure).isEqualTo(Failure.Upstream.RESPONSE_TIMEOUT);
    assertThat(log.attempts).isEqualTo(2);
  }

  @Test
  void anAttemptThatWaitsOnMayBeAnswered() {
    proxy.transport.cluster().endpoints().get(1).withdraw(Withdrawal.UNHEALTHY);
    get();
    hangs(first);
    assertThat(first.timeout).isEqualTo(Duration.ofSeconds(28));
    first.answers(200, "");
    assertThat(client.sent).contains("head 200");
    assertThat(proxy.outcomes).containsExactly("a Answered");
  }

  @Test
  void anInterimResponseGivesTheAttemptTheTimeOfAResponse() {
    get();
    pass(Duration.ofSeconds(1));
    first.interim(103);
    assertThat(first.timeout).isEqualTo(Duration.ofSeconds(30));
    hangs(first);
    assertThat(log.failure).isEqualTo(Failure.Upstream.RESPONSE_TIMEOUT);
    assertThat(log.attempts).isEqualTo(1);
  }

  // ---- not given up

  private void assertWaits() {
    hangs(first);
    assertThat(proxy.transport.pending).isEmpty();
    assertThat(first.timeout).isEqualTo(Duration.ofSeconds(28));
    hangs(first);
    assertThat(log.failure).isEqualTo(Failure.Upstream.RESPONSE_TIMEOUT);
    assertThat(log.attempts).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PATCH", "PROPFIND"})
  void whatMayNotBeSentTwiceWaits(String method) {
    start(HttpMethod.valueOf(method), /* bodyless= */ true, /* pinned= */ false);
    assertWaits();
  }

  @Test
  void aBodyThatWasSentWaits() {
    Exchange put = start(HttpMethod.PUT, /* bodyless= */ false, /* pinned= */ false);
    assertThat(first.timeout).as("while the client sends").isEqualTo(Duration.ofSeconds(60));
    put.onRequestContent(new DefaultLastHttpContent());
    assertThat(first.timeout).isEqualTo(TRY);
    assertWaits();
  }

  @Test
  void aLoginWaits() {
    start(HttpMethod.GET, /* bodyless= */ true, /* pinned= */ true);
    assertWaits();
  }

  @Test
  void withoutFurtherAttemptsARequestWaits() {
    proxy = with("attempts = 0");
    get();
    assertWaits();
  }

  @Test
  void overTheBudgetRequestsWait() {
    proxy.transport =
        new FakeTransport(
            new Cluster(
                Backends.config(
                    "endpoints = [ \"a:1\", \"b:1\" ], retries { try-timeout = 2s, budget = 0% }"),
                (endpoint, outcome) -> proxy.outcomes.add(outcome.toString()),
                (endpoint, change) -> {},
                () -> 0),
            ProxyFixture.METRICS);
    while (proxy.transport.cluster().tryRetry()) {
      // Uses up the least rate.
    }
    get();
    assertWaits();
  }

  @Test
  void anEjectedEndpointIsNoReasonToGiveUp() {
    Endpoint b = proxy.transport.cluster().endpoints().get(1);
    while (b.ejection().isInService()) {
      b.ejection().failed(b.ejection().begin(), Failure.Upstream.CONNECT_REFUSED);
    }
    get();
    assertWaits();
  }

  // ---- without it

  @Test
  void withoutATimeOfTheirOwnEachAttemptHasThatOfTheResponse() {
    proxy =
        new ProxyFixture(
            Backends.gateway("response-timeout = 30s", "endpoints = [ \"a:1\", \"b:1\" ]"));
    get();
    assertThat(first.timeout).isEqualTo(Duration.ofSeconds(30));
    hangs(first);
    assertThat(client.sent).isEqualTo(List.of("reply 504"));
  }
}
