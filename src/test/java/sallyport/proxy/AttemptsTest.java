package sallyport.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.cluster.Cluster;
import sallyport.cluster.Completion;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Outcome;
import sallyport.cluster.Pick;
import sallyport.cluster.PickContext;
import sallyport.cluster.limit.RetryBudget;
import sallyport.config.GatewayConfig;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.testkit.Backends;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.FakeTransport;
import sallyport.testkit.ProxyFixture;
import sallyport.values.ClientAddress;

/** The attempts of one exchange at endpoints a, b and c, one by one. */
class AttemptsTest {
  private static final GatewayConfig CONFIG =
      Backends.gateway("", "endpoints = [ \"a:1\", \"b:1\", \"c:1\" ]");

  private static final String FOUR_AND_A_BACKUP =
      "endpoints = [ \"a:1\", \"b:1\", \"c:1\", \"d:1\", { address = \"y:1\", backup = true } ]";

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private ProxyFixture proxy = new ProxyFixture(CONFIG);
  private final FakeHttpStream client = new FakeHttpStream(channel.eventLoop());
  private final FakeClientStream connection = new FakeClientStream();
  private final ExchangeLog log =
      new ExchangeLog("https", ClientAddress.direct(ProxyFixture.CLIENT), "HTTP/1.1", "GET");
  private final List<Attempt> made = new ArrayList<>();
  private @Nullable String key;
  private @Nullable Attempts attempts;

  @BeforeEach
  void begin() {
    attempts = attempts(/* pinned= */ false);
  }

  @AfterEach
  void end() {
    made.forEach(attempt -> attempt.ended(new Outcome.Cancelled()));
    assertThat(proxy.outcomes).as("each attempt has one").hasSameSizeAs(made);
    channel.finishAndReleaseAll();
  }

  private Attempts attempts(boolean pinned) {
    Exchange exchange =
        new Exchange(
            client,
            proxy.context(channel.eventLoop()),
            proxy.target(),
            log,
            new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/x"),
            /* key= */ null,
            /* preferred= */ null,
            /* bodyless= */ true,
            ProxyFixture.needs(/* webSocket= */ false, pinned));
    return new Attempts(
        exchange,
        proxy.transport,
        client.pinned(),
        log,
        key,
        /* preferred= */ null,
        pinned,
        channel.eventLoop().ticker());
  }

  private Attempts attempts() {
    return Objects.requireNonNull(attempts);
  }

  private Attempt next() {
    Attempt attempt = Objects.requireNonNull(attempts().next());
    made.add(attempt);
    return attempt;
  }

  /** An attempt that fails. */
  private Attempt fails() {
    return fails(/* serves= */ false);
  }

  private Attempt fails(boolean serves) {
    Attempt attempt = next();
    attempts().failed(attempt, serves);
    return attempt;
  }

  private boolean mayRetry(Attempt failed, Failure.Upstream failure) {
    return attempts().mayRetry(failed, failure, HttpMethod.GET, /* reused= */ true, false);
  }

  private static String host(Attempt attempt) {
    return attempt.endpoint().host();
  }

  // ---- which endpoint

  @Test
  void anotherAttemptGoesToAnEndpointThatWasNotTried() {
    assertThat(List.of(host(fails()), host(fails()), host(fails()))).containsExactly("a", "b", "c");
  }

  @Test
  void whereAllHaveFailedTheLastOneIsTriedAgain() {
    fails();
    fails();
    String last = host(fails());
    assertThat(host(fails())).isEqualTo(last);
  }

  private void eject(Endpoint endpoint) {
    while (endpoint.ejection().isInService()) {
      endpoint.ejection().failed(endpoint.ejection().begin(), Failure.Upstream.CONNECT_REFUSED);
    }
  }

  @ParameterizedTest
  @CsvSource({"false, c", "true, b"})
  void anEndpointThatServesComesBeforeAnEjectedOne(boolean serves, String next) {
    // Of three endpoints, one may be out.
    Attempt a = fails();
    eject(proxy.transport.cluster().endpoints().get(2));
    Attempt b = next();
    assertThat(List.of(host(a), host(b))).containsExactly("a", "b");
    attempts().failed(b, serves);
    assertThat(host(next())).isEqualTo(next);
  }

  @Test
  void theLogTellsOfTheNewestAttempt() {
    fails();
    log.address = "192.0.2.7:1";
    log.responseFault = Failure.Response.BAD_CHUNK;
    next();
    assertThat(log.attempts).isEqualTo(2);
    assertThat(log.endpoint).isEqualTo("b:1");
    assertThat(log.address).isEmpty();
    assertThat(log.responseFault).isNull();
  }

  @Test
  void withoutAnEndpointTheExchangeFails() {
    proxy.removeEndpoints();
    assertThat(attempts(/* pinned= */ false).next()).isNull();
    assertThat(client.sent).containsExactly("reply 503");
    assertThat(log.failure).isEqualTo(Failure.Gateway.NO_ENDPOINT);
    assertThat(log.attempts).isZero();
  }

  @Test
  void overTheLimitOfTheBackendTheExchangeFails() {
    Cluster full = new Cluster(Backends.config("endpoints = [ \"a:1\" ], limits.max-requests = 1"));
    Completion other = ((Pick.Picked) full.pick(PickContext.FIRST)).completion();
    proxy.transport = new FakeTransport(full, ProxyFixture.METRICS);
    assertThat(attempts(/* pinned= */ false).next()).isNull();
    assertThat(client.sent).containsExactly("reply 503");
    assertThat(log.failure).isEqualTo(Failure.Upstream.REQUEST_LIMIT);
    assertThat(log.attempts).isZero();
    other.done(new Outcome.Cancelled());
    assertThat(full.requests()).isZero();
  }

  // ---- patience

  @Test
  void onlyAtTheLastEndpointAnAttemptWaitsForRoom() {
    List<Boolean> patient = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Attempt attempt = next();
      patient.add(attempts().isPatient(attempt));
      attempts().failed(attempt, /* serves= */ false);
    }
    assertThat(patient).containsExactly(false, false, true);
  }

  @Test
  void anAttemptThatMayHaveNoOtherBehindItWaitsForRoom() {
    proxy =
        new ProxyFixture(
            Backends.gateway("", "endpoints = [ \"a:1\", \"b:1\" ], retries.attempts = 0"));
    attempts = attempts(/* pinned= */ false);
    assertThat(attempts().isPatient(next())).isTrue();
  }

  @Test
  void anAttemptBeforeABackupDoesNotWait() {
    proxy = new ProxyFixture(Backends.gateway("", FOUR_AND_A_BACKUP + ", retries.attempts = 1"));
    attempts = attempts(/* pinned= */ false);
    List<Boolean> patient = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Attempt attempt = next();
      patient.add(attempts().isPatient(attempt));
      attempts().failed(attempt, /* serves= */ false);
    }
    assertThat(patient).containsExactly(false, false, false, false, true);
  }

  // ---- retries

  @Test
  void retriesEndWhenAllEndpointsHaveRefused() {
    List<Boolean> retried = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      retried.add(mayRetry(fails(), Failure.Upstream.CONNECT_REFUSED));
    }
    log.attempts = 0;
    retried.add(mayRetry(fails(), Failure.Upstream.CONNECT_REFUSED));
    assertThat(retried).containsExactly(true, true, false);
  }

  @Test
  void thereAreThreeAttemptsAtMost() {
    List<Boolean> retried = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      retried.add(mayRetry(fails(), Failure.Upstream.STREAM_REFUSED));
    }
    assertThat(retried).containsExactly(true, true, false);
  }

  @Test
  void furtherAttemptsAreSetForTheBackend() {
    proxy.transport =
        new FakeTransport(
            new Cluster(Backends.config("endpoints = [ \"a:1\" ], retries.attempts = 1")),
            ProxyFixture.METRICS);
    Attempts one = attempts(/* pinned= */ false);
    List<Boolean> retried = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Attempt failed = Objects.requireNonNull(one.next());
      failed.ended(new Outcome.Cancelled());
      one.failed(failed, /* serves= */ false);
      retried.add(
          one.mayRetry(
              failed, Failure.Upstream.STREAM_REFUSED, HttpMethod.GET, /* reused= */ true, false));
    }
    assertThat(retried).containsExactly(true, false);
  }

  /** The budget is that of the backend, whichever exchange uses it up. */
  @Test
  void overTheBudgetAFailureIsTheLast() {
    Attempt failed = fails();
    int retries = 0;
    while (retries < 1000 && mayRetry(failed, Failure.Upstream.STREAM_REFUSED)) {
      retries++;
    }
    // Time passes: the least rate adds some.
    assertThat(retries).isBetween(RetryBudget.LEAST, RetryBudget.LEAST + 60);
    assertThat(mayRetry(failed, Failure.Upstream.CONNECT_REFUSED))
        .as("what reached nothing is no part of it")
        .isTrue();
  }

  @Test
  void aBackupIsReachedBehindAnyNumberOfEndpointsThatRefuse() {
    proxy = new ProxyFixture(Backends.gateway("", FOUR_AND_A_BACKUP));
    attempts = attempts(/* pinned= */ false);
    List<String> tried = new ArrayList<>();
    Attempt attempt = fails();
    tried.add(host(attempt));
    while (mayRetry(attempt, Failure.Upstream.CONNECT_REFUSED)) {
      attempt = fails();
      tried.add(host(attempt));
    }
    assertThat(tried).containsExactlyInAnyOrder("a", "b", "c", "d", "y").endsWith("y");
  }

  @Test
  void withoutRetriesThereIsNoBackup() {
    proxy = new ProxyFixture(Backends.gateway("", FOUR_AND_A_BACKUP + ", retries.attempts = 0"));
    attempts = attempts(/* pinned= */ false);
    assertThat(mayRetry(fails(), Failure.Upstream.CONNECT_REFUSED)).isFalse();
  }

  /** The first is told by the key, and the rest by what had failed. */
  @Test
  void anEndpointThatEndedAConnectionKeepsItsKeyOnce() {
    proxy =
        new ProxyFixture(
            Backends.gateway(
                "",
                "balance = hash, hash.source = true, endpoints = [ \"a:1\", \"b:1\", \"c:1\" ]"));
    key = "key";
    attempts = attempts(/* pinned= */ false);
    Attempt first = fails(/* serves= */ true);
    Attempt second = fails(/* serves= */ true);
    assertThat(second.endpoint()).isEqualTo(first.endpoint());
    assertThat(fails().endpoint()).isNotEqualTo(first.endpoint());
  }

  @ParameterizedTest
  @CsvSource({"true, a", "false, y"})
  void onlyAnEndedConnectionIsNoReasonForABackup(boolean serves, String next) {
    proxy =
        new ProxyFixture(
            Backends.gateway("", "endpoints = [ \"a:1\", { address = \"y:1\", backup = true } ]"));
    attempts = attempts(/* pinned= */ false);
    fails(serves);
    assertThat(host(fails())).isEqualTo(next);
  }

  @ParameterizedTest
  @CsvSource({
    // failure, method, reused, bodySent, may be tried again
    "CLOSED_BEFORE_RESPONSE, GET, true, false, true",
    "CLOSED_BEFORE_RESPONSE, GET, false, false, true",
    "CLOSED_BEFORE_RESPONSE, POST, false, false, false",
    "CLOSED_BEFORE_RESPONSE, POST, true, false, false",
    "CLOSED_BEFORE_RESPONSE, GET, true, true, false",
    "RESPONSE_TIMEOUT, GET, true, false, false"
  })
  void whatTheBackendMayHaveSeenIsTriedAgainWithCare(
      Failure.Upstream failure, String method, boolean reused, boolean bodySent, boolean retried) {
    assertThat(attempts().mayRetry(fails(), failure, new HttpMethod(method), reused, bodySent))
        .isEqualTo(retried);
  }

  // ---- connections of the client's own

  @ParameterizedTest
  @CsvSource({
    // needs a connection of its own, has one, failure, may be tried again
    "false, false, CLOSED_BEFORE_RESPONSE, true",
    "true, false, CONNECT_REFUSED, true",
    "true, false, CLOSED_BEFORE_RESPONSE, false",
    "true, true, CONNECT_REFUSED, false",
    "true, true, CLOSED_BEFORE_RESPONSE, false"
  })
  void aLoginIsNotTriedAgainElsewhere(
      boolean pinned, boolean overPin, Failure.Upstream failure, boolean retried) {
    attempts = attempts(pinned);
    if (overPin) {
      attempts.pin(next(), connection);
    }
    assertThat(mayRetry(fails(), failure)).isEqualTo(retried);
  }

  @Test
  void aPinnedConnectionIsTheOnlyOneThatWillDo() {
    attempts = attempts(/* pinned= */ true);
    Attempt first = next();
    assertThat(first.isOverPin()).isFalse();
    attempts().pin(first, connection);
    assertThat(connection.held).isTrue();
    assertThat(log.pinned).isTrue();
    attempts().failed(first, /* serves= */ false);
    Attempt second = next();
    assertThat(second.endpoint()).as("although it has failed").isEqualTo(first.endpoint());
    assertThat(second.isOverPin()).isTrue();
  }

  @Test
  void anExchangeThatNeedsNoConnectionOfItsOwnGoesAnywhere() {
    Attempts login = attempts(/* pinned= */ true);
    attempts = login;
    login.pin(next(), connection);
    attempts = attempts(/* pinned= */ false);
    Attempt other = next();
    assertThat(host(other)).isEqualTo("b");
    assertThat(other.isOverPin()).isFalse();
  }

  @Test
  void anExchangeThatBecomesPinnedStaysSo() {
    assertThat(attempts().isPinned()).isFalse();
    attempts().pin(next(), connection);
    assertThat(attempts().isPinned()).isTrue();
    assertThat(next().isOverPin()).isTrue();
  }

  @Test
  void aPinnedConnectionThatHasEndedIsReplaced() {
    attempts = attempts(/* pinned= */ true);
    attempts().pin(next(), connection);
    connection.aborted = true;
    assertThat(next().isOverPin()).isFalse();
  }

  @Test
  void aConnectionIsPinnedOnce() {
    attempts = attempts(/* pinned= */ true);
    attempts().pin(next(), connection);
    FakeClientStream other = new FakeClientStream();
    attempts().pin(next(), other);
    assertThat(other.held).as("goes over the pinned one").isFalse();
  }

  @Test
  void aSharedConnectionIsNotKept() {
    attempts().pin(next(), null);
    assertThat(attempts().isPinned()).isTrue();
    assertThat(next().isOverPin()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    // needs a connection of its own, has one, the backend can give one, can serve
    "false, false, false, true",
    "true, false, true, true",
    "true, false, false, false",
    "true, true, false, true"
  })
  void aBackendThatSharesItsConnectionsServesNoLogin(
      boolean pinned, boolean overPin, boolean pins, boolean serves) {
    attempts = attempts(pinned);
    if (overPin) {
      attempts.pin(next(), connection);
    }
    proxy.transport.pins = pins;
    assertThat(attempts().canServe(next())).isEqualTo(serves);
  }
}
