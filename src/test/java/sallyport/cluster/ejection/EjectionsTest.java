package sallyport.cluster.ejection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.backend.EjectionConfig;
import sallyport.net.Failure;

/** States of endpoints by a clock that stands. */
class EjectionsTest {
  private static final EjectionConfig DEFAULT = rules(5, 10, 300, 50);
  private static final Failure.Upstream TIMEOUT = Failure.Upstream.CONNECT_TIMEOUT;

  /** A clock of the JVM may begin below 0. */
  private final AtomicLong now = new AtomicLong(-7);

  /** Each change, after the number of its endpoint. */
  private final List<String> changes = new ArrayList<>();

  private static EjectionConfig rules(int failures, int base, int longest, int atMost) {
    return rules(failures, base, longest, atMost, /* factor= */ 0);
  }

  private static EjectionConfig rules(int failures, int base, int longest, int atMost, int factor) {
    return new EjectionConfig(
        failures,
        Duration.ofSeconds(base),
        Duration.ofSeconds(longest),
        atMost,
        new EjectionConfig.FailureShare(0, 20, Duration.ofSeconds(10)),
        new EjectionConfig.Latency(factor, Duration.ofMillis(20), 10, Duration.ofSeconds(5)));
  }

  /** A share of 30 % of 20 requests in 10 s, beside this number in a row. */
  private static EjectionConfig share(int failures) {
    return new EjectionConfig(
        failures,
        Duration.ofSeconds(10),
        Duration.ofSeconds(300),
        50,
        new EjectionConfig.FailureShare(30, 20, Duration.ofSeconds(10)),
        DEFAULT.latency());
  }

  private List<EndpointEjection> endpoints(int count, EjectionConfig rules) {
    Ejections ejections = new Ejections(rules, count, now::get);
    List<EndpointEjection> endpoints = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      endpoints.add(new EndpointEjection(ejections, change -> changes.add(number + " " + change)));
    }
    ejections.compare(endpoints);
    return endpoints;
  }

  /** The first of two. */
  private EndpointEjection endpoint(EjectionConfig rules) {
    return endpoints(2, rules).getFirst();
  }

  private static void fail(EndpointEjection endpoint, int times) {
    for (int i = 0; i < times; i++) {
      endpoint.failed(endpoint.begin(), TIMEOUT);
    }
  }

  private static void answer(EndpointEjection endpoint) {
    endpoint.answered(endpoint.begin());
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  /** Lets the time of an ejection pass, and returns it. */
  private Duration waitOut(EndpointEjection endpoint) {
    Duration left = endpoint.left();
    pass(left);
    return left;
  }

  // ---- ejection

  @Test
  void failuresInARowEject() {
    EndpointEjection endpoint = endpoint(DEFAULT);
    fail(endpoint, 4);
    assertThat(endpoint.isInService()).isTrue();
    assertThat(endpoint.isAvailable()).isTrue();
    fail(endpoint, 1);
    assertThat(endpoint.isInService()).isFalse();
    assertThat(endpoint.isAvailable()).isFalse();
    assertThat(changes)
        .containsExactly("0 Ejected[reason=CONNECT_TIMEOUT, failures=5, time=PT10S]");
  }

  @Test
  void anAnswerBreaksTheRow() {
    EndpointEjection endpoint = endpoint(DEFAULT);
    for (int i = 0; i < 10; i++) {
      fail(endpoint, 4);
      answer(endpoint);
    }
    assertThat(changes).isEmpty();
  }

  @Test
  void whatIsNoEvidenceNeitherCountsNorBreaksTheRow() {
    EndpointEjection endpoint = endpoint(DEFAULT);
    fail(endpoint, 4);
    endpoint.failed(endpoint.begin(), Failure.Upstream.CONNECTION_LIMIT);
    endpoint.undecided(endpoint.begin());
    assertThat(changes).isEmpty();
    fail(endpoint, 1);
    assertThat(changes).hasSize(1);
  }

  @Test
  void switchedOffItEjectsNone() {
    EndpointEjection endpoint = endpoint(rules(0, 10, 300, 50));
    fail(endpoint, 1000);
    assertThat(endpoint.isInService()).isTrue();
    assertThat(changes).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // endpoints, at-most, ejected where all fail
    "1, 50, 0",
    "1, 100, 0",
    "2, 49, 0",
    "2, 50, 1",
    "2, 100, 1",
    "3, 33, 0",
    "3, 50, 1",
    "3, 67, 2",
    "3, 100, 2",
    "4, 50, 2",
    "10, 25, 2",
    "10, 100, 9"
  })
  void noMoreThanTheShareIsOutAndNeverTheLast(int count, int atMost, int ejected) {
    List<EndpointEjection> endpoints = endpoints(count, rules(5, 10, 300, atMost));
    for (int i = 0; i < 7; i++) {
      endpoints.forEach(endpoint -> fail(endpoint, 1));
    }
    assertThat(endpoints.stream().filter(each -> !each.isInService())).hasSize(ejected);
    assertThat(changes.stream().filter(change -> change.contains("Ejected"))).hasSize(ejected);
  }

  @Test
  void oneThatStaysForWantOfRoomIsToldAndGoesWhenThereIsRoom() {
    List<EndpointEjection> endpoints = endpoints(2, DEFAULT);
    fail(endpoints.get(0), 5);
    fail(endpoints.get(1), 6);
    assertThat(changes.subList(1, 3))
        .containsOnly("1 Kept[reason=CONNECT_TIMEOUT, failures=5, most=1, endpoints=2]");
    waitOut(endpoints.get(0));
    answer(endpoints.get(0));
    fail(endpoints.get(1), 1);
    assertThat(changes.subList(3, 5))
        .containsExactly(
            "0 Returned[]", "1 Ejected[reason=CONNECT_TIMEOUT, failures=5, time=PT10S]");
  }

  // ---- trial

  @Test
  void oneAttemptIsTheTrialWhenTheTimeIsOver() {
    EndpointEjection endpoint = endpoint(DEFAULT);
    fail(endpoint, 5);
    pass(Duration.ofSeconds(10).minusNanos(1));
    assertThat(endpoint.isAvailable()).isFalse();
    assertThat(endpoint.left()).isEqualTo(Duration.ofNanos(1));
    pass(Duration.ofNanos(1));
    assertThat(endpoint.isAvailable()).isTrue();
    int trial = endpoint.begin();
    assertThat(endpoint.isAvailable()).as("to others").isFalse();
    assertThat(endpoint.begin()).isEqualTo(EndpointEjection.NO_EPOCH);
    endpoint.answered(trial);
    assertThat(endpoint.isInService()).isTrue();
    assertThat(changes.getLast()).isEqualTo("0 Returned[]");
  }

  @Test
  void oneFailureOnTrialEjectsAgain() {
    EndpointEjection endpoint = endpoint(DEFAULT);
    fail(endpoint, 5);
    waitOut(endpoint);
    fail(endpoint, 1);
    assertThat(changes.getLast())
        .isEqualTo("0 Ejected[reason=CONNECT_TIMEOUT, failures=1, time=PT20S]");
  }

  @Test
  void aTrialThatTellsNothingIsFollowedByAnother() {
    EndpointEjection endpoint = endpoint(DEFAULT);
    fail(endpoint, 5);
    waitOut(endpoint);
    endpoint.undecided(endpoint.begin());
    assertThat(endpoint.isAvailable()).isTrue();
    endpoint.failed(endpoint.begin(), Failure.Upstream.STREAM_REFUSED);
    assertThat(endpoint.isAvailable()).isTrue();
    answer(endpoint);
    assertThat(endpoint.isInService()).isTrue();
    assertThat(changes).hasSize(2);
  }

  @Test
  void aFailureAfterAReturnIsTheFirstOfARow() {
    EndpointEjection endpoint = endpoint(DEFAULT);
    fail(endpoint, 5);
    waitOut(endpoint);
    answer(endpoint);
    fail(endpoint, 4);
    assertThat(endpoint.isInService()).isTrue();
  }

  // ---- time

  @Test
  void eachFurtherEjectionTakesLongerUpToTheLongest() {
    EndpointEjection endpoint = endpoint(rules(5, 10, 35, 50));
    fail(endpoint, 5);
    List<Duration> times = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      times.add(waitOut(endpoint));
      fail(endpoint, 1);
    }
    assertThat(times.stream().map(Duration::toSeconds))
        .containsExactly(10L, 20L, 30L, 35L, 35L, 35L);
  }

  @ParameterizedTest
  @CsvSource({
    // ejections before the return, seconds in service after it, seconds of the next ejection
    "1, 0, 20",
    "3, 0, 40",
    "3, 9, 40",
    "3, 10, 30",
    "3, 20, 20",
    "3, 30, 10",
    "3, 86400, 10",
    "100, 0, 300",
    "100, 10, 300",
    "100, 290, 20",
    "100, 300, 10"
  })
  void timeInServiceMakesEjectionsGood(int ejections, int inService, int next) {
    EndpointEjection endpoint = endpoint(DEFAULT);
    fail(endpoint, 5);
    for (int i = 1; i < ejections; i++) {
      waitOut(endpoint);
      fail(endpoint, 1);
    }
    waitOut(endpoint);
    answer(endpoint);
    pass(Duration.ofSeconds(inService));
    fail(endpoint, 5);
    assertThat(endpoint.left()).isEqualTo(Duration.ofSeconds(next));
  }

  // ---- late outcomes

  @Test
  void attemptsThatBeganBeforeAnEjectionChangeNothing() {
    EndpointEjection endpoint = endpoint(DEFAULT);
    int hanging = endpoint.begin();
    fail(endpoint, 5);
    endpoint.answered(hanging);
    endpoint.failed(hanging, TIMEOUT);
    assertThat(endpoint.left()).isEqualTo(Duration.ofSeconds(10));
    waitOut(endpoint);
    endpoint.failed(hanging, TIMEOUT);
    assertThat(endpoint.isAvailable()).isTrue();
    int trial = endpoint.begin();
    endpoint.failed(hanging, TIMEOUT);
    endpoint.undecided(hanging);
    endpoint.answered(trial);
    for (int i = 0; i < 5; i++) {
      endpoint.failed(hanging, TIMEOUT);
    }
    assertThat(endpoint.isInService()).isTrue();
    assertThat(changes).hasSize(2);
  }

  @Test
  void anAnswerToTheLastResortIsAReturn() {
    EndpointEjection endpoint = endpoint(DEFAULT);
    fail(endpoint, 5);
    int first = endpoint.begin();
    int second = endpoint.begin();
    endpoint.failed(first, TIMEOUT);
    assertThat(endpoint.left()).as("no longer than before").isEqualTo(Duration.ofSeconds(10));
    endpoint.answered(second);
    assertThat(endpoint.isInService()).isTrue();
    assertThat(changes.getLast()).isEqualTo("0 Returned[]");
  }

  // ---- threads

  @Test
  void threadsKeepTheShare() throws Exception {
    AtomicInteger changed = new AtomicInteger();
    List<EndpointEjection> endpoints = new ArrayList<>();
    Ejections ejections = new Ejections(rules(2, 10, 300, 50), 4, now::get);
    for (int i = 0; i < 4; i++) {
      endpoints.add(new EndpointEjection(ejections, change -> changed.incrementAndGet()));
    }
    List<Callable<Integer>> threads = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      threads.add(() -> most(endpoints));
    }
    try (ExecutorService executor = Executors.newFixedThreadPool(threads.size())) {
      for (Future<Integer> most : executor.invokeAll(threads)) {
        assertThat(most.get()).isLessThanOrEqualTo(2);
      }
    }
    assertThat(changed).hasPositiveValue();
    // Each that is out returns, and each place is free again.
    pass(Duration.ofDays(1));
    endpoints.forEach(EjectionsTest::answer);
    assertThat(endpoints).allMatch(EndpointEjection::isInService);
    assertThat(ejections.isAnyOut()).isFalse();
  }

  /** Attempts that mostly fail at each endpoint; returns how many were seen out at most. */
  private int most(List<EndpointEjection> endpoints) {
    int most = 0;
    for (int i = 0; i < 20_000; i++) {
      EndpointEjection endpoint = endpoints.get(i % endpoints.size());
      int epoch = endpoint.begin();
      if (i % 7 == 0) {
        endpoint.answered(epoch);
      } else if (i % 11 == 0) {
        endpoint.undecided(epoch);
      } else {
        endpoint.failed(epoch, TIMEOUT);
      }
      now.addAndGet(Duration.ofMillis(10).toNanos());
      most = Math.max(most, ejected(endpoints));
    }
    return most;
  }

  /** Counts those that are out at one moment: no state has changed meanwhile. */
  private static int ejected(List<EndpointEjection> endpoints) {
    List<EjectionState> before = endpoints.stream().map(EndpointEjection::state).toList();
    for (int i = 0; i < before.size(); i++) {
      if (!before.get(i).equals(endpoints.get(i).state())) {
        return 0;
      }
    }
    return (int)
        before.stream().filter(state -> !(state instanceof EjectionState.InService)).count();
  }

  // ---- trials by health checks

  private EndpointEjection checkedEndpoint() {
    return checkedEndpoint(Ejections.Trials.CHECKS);
  }

  private EndpointEjection checkedEndpoint(Ejections.Trials trials) {
    Ejections ejections = new Ejections(DEFAULT, 2, now::get);
    ejections.trials(trials);
    return new EndpointEjection(ejections, change -> changes.add("0 " + change));
  }

  @Test
  void aCheckReturnsAnEndpointThatIsDueAndNoRequestTriesIt() {
    EndpointEjection endpoint = checkedEndpoint();
    fail(endpoint, 5);
    endpoint.checkPassed();
    assertThat(endpoint.isInService()).as("its time is not over").isFalse();
    waitOut(endpoint);
    assertThat(endpoint.isDue()).isTrue();
    assertThat(endpoint.isAvailable()).as("to requests").isFalse();
    endpoint.checkPassed();
    assertThat(endpoint.isInService()).isTrue();
    assertThat(changes).hasSize(2).last().isEqualTo("0 Returned[]");
  }

  @Test
  void afterItsReturnByACheckOneFailureEjectsForLonger() {
    EndpointEjection endpoint = checkedEndpoint();
    fail(endpoint, 5);
    waitOut(endpoint);
    endpoint.checkPassed();
    fail(endpoint, 1);
    assertThat(changes)
        .last()
        .isEqualTo("0 Ejected[reason=CONNECT_TIMEOUT, failures=1, time=PT20S]");
  }

  @Test
  void afterAResponseItTakesAsManyFailuresAsBefore() {
    EndpointEjection endpoint = checkedEndpoint();
    fail(endpoint, 5);
    waitOut(endpoint);
    endpoint.checkPassed();
    answer(endpoint);
    fail(endpoint, 4);
    assertThat(endpoint.isInService()).isTrue();
    fail(endpoint, 1);
    assertThat(endpoint.isInService()).isFalse();
  }

  @Test
  void aCheckSaysNothingOfAnEndpointInServiceOrOnTrial() {
    EndpointEjection endpoint = checkedEndpoint();
    fail(endpoint, 4);
    endpoint.checkPassed();
    fail(endpoint, 1);
    assertThat(endpoint.isInService()).as("five in a row").isFalse();
    waitOut(endpoint);
    endpoint.begin();
    endpoint.checkPassed();
    assertThat(endpoint.state()).isInstanceOf(EjectionState.OnTrial.class);
  }

  @Test
  void aRequestIsTheTrialOnceACheckHasPassedAfterTheTimeOfAnEjection() {
    EndpointEjection endpoint = checkedEndpoint(Ejections.Trials.CHECKED_REQUESTS);
    fail(endpoint, 5);
    endpoint.checkPassed();
    waitOut(endpoint);
    assertThat(endpoint.isAvailable()).as("the check was before the end").isFalse();
    endpoint.checkFailed();
    assertThat(endpoint.isAvailable()).isFalse();
    endpoint.checkPassed();
    assertThat(endpoint.isInService()).as("the check is no trial").isFalse();
    assertThat(endpoint.isAvailable()).isTrue();
    endpoint.checkFailed();
    assertThat(endpoint.isAvailable()).as("the latest one has failed").isFalse();
    endpoint.checkPassed();
    int trial = endpoint.begin();
    assertThat(endpoint.isAvailable()).as("to others").isFalse();
    endpoint.answered(trial);
    assertThat(endpoint.isInService()).isTrue();
    assertThat(changes).hasSize(2);
  }

  @Test
  void eachFurtherTrialNeedsACheckOfItsOwn() {
    EndpointEjection endpoint = checkedEndpoint(Ejections.Trials.CHECKED_REQUESTS);
    fail(endpoint, 5);
    waitOut(endpoint);
    endpoint.checkPassed();
    fail(endpoint, 1);
    waitOut(endpoint);
    assertThat(endpoint.isAvailable()).isFalse();
    endpoint.checkPassed();
    endpoint.undecided(endpoint.begin());
    assertThat(endpoint.isAvailable()).isFalse();
    endpoint.checkPassed();
    answer(endpoint);
    assertThat(endpoint.isInService()).isTrue();
  }

  @Test
  void withoutChecksARequestIsTheTrial() {
    EndpointEjection endpoint = checkedEndpoint(Ejections.Trials.REQUESTS);
    fail(endpoint, 5);
    waitOut(endpoint);
    endpoint.checkFailed();
    assertThat(endpoint.isAvailable()).isTrue();
  }

  // ---- a share of failures

  /** Every third request fails. */
  private void thirds(EndpointEjection endpoint, int requests) {
    for (int i = 0; i < requests; i++) {
      if (i % 3 == 0) {
        fail(endpoint, 1);
      } else {
        answer(endpoint);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "5"})
  void aShareOfFailuresEjectsFromTheNumberOfRequestsOn(int inARow) {
    EndpointEjection endpoint = endpoint(share(inARow));
    thirds(endpoint, 21);
    assertThat(changes).as("7 of 19 failed").isEmpty();
    thirds(endpoint, 1);
    assertThat(changes)
        .containsExactly(
            "0 EjectedByShare[reason=CONNECT_TIMEOUT, failures=8, attempts=22, time=PT10S]");
    assertThat(endpoint.isInService()).isFalse();
  }

  @Test
  void aSmallerShareDoesNot() {
    EndpointEjection endpoint = endpoint(share(5));
    for (int i = 0; i < 100; i++) {
      fail(endpoint, 1);
      answer(endpoint);
      answer(endpoint);
      answer(endpoint);
    }
    assertThat(changes).isEmpty();
  }

  @Test
  void failuresOfAnEarlierWindowDoNotCount() {
    EndpointEjection endpoint = endpoint(share(5));
    thirds(endpoint, 18);
    pass(Duration.ofSeconds(10));
    thirds(endpoint, 18);
    assertThat(changes).isEmpty();
  }

  @Test
  void afterAReturnTheShareBeginsAgain() {
    EndpointEjection endpoint = endpoint(share(5));
    thirds(endpoint, 22);
    waitOut(endpoint);
    answer(endpoint);
    assertThat(endpoint.isInService()).isTrue();
    thirds(endpoint, 18);
    assertThat(changes).hasSize(2);
    thirds(endpoint, 4);
    assertThat(changes).hasSize(3).last().asString().contains("EjectedByShare", "time=PT20S");
  }

  @Test
  void failuresInARowStillEject() {
    EndpointEjection endpoint = endpoint(share(5));
    fail(endpoint, 5);
    assertThat(changes)
        .containsExactly("0 Ejected[reason=CONNECT_TIMEOUT, failures=5, time=PT10S]");
  }

  /** The addresses of a name are known later than the name. */
  @Test
  void anEndpointThatWasAloneAtFirstIsEjectedByItsShareToo() {
    Ejections ejections = new Ejections(share(0), 1, now::get);
    EndpointEjection endpoint =
        new EndpointEjection(ejections, change -> changes.add("0 " + change));
    ejections.resize(2);
    thirds(endpoint, 22);
    assertThat(endpoint.isInService()).isFalse();
  }

  // ---- latency

  /** Latencies of three times those of the peers, and 20 ms above them, by 10 requests in 5 s. */
  private List<EndpointEjection> timed(int count, int atMost) {
    return endpoints(count, rules(5, 10, 300, atMost, /* factor= */ 3));
  }

  /** Twelve requests at each endpoint, and the end of the window. */
  private void window(List<EndpointEjection> endpoints, int... millis) {
    for (int i = 0; i < endpoints.size(); i++) {
      times(endpoints.get(i), 12, millis[i]);
    }
    pass(Duration.ofSeconds(5));
    times(endpoints.getLast(), 1, millis[endpoints.size() - 1]);
  }

  private void times(EndpointEjection endpoint, int requests, int millis) {
    for (int i = 0; i < requests; i++) {
      int epoch = endpoint.begin();
      long sent = endpoint.requestSent() - Duration.ofMillis(millis).toNanos();
      endpoint.answered(epoch);
      endpoint.took(epoch, sent);
    }
  }

  private List<Integer> out(List<EndpointEjection> endpoints) {
    List<Integer> out = new ArrayList<>();
    for (int i = 0; i < endpoints.size(); i++) {
      if (!endpoints.get(i).isInService()) {
        out.add(i);
      }
    }
    return out;
  }

  @Test
  void anEndpointThatIsSlowBesideItsPeersIsEjectedAtTheEndOfAWindow() {
    List<EndpointEjection> endpoints = timed(3, 50);
    for (int i = 0; i < 3; i++) {
      times(endpoints.get(i), 20, i == 1 ? 500 : 5);
    }
    assertThat(changes).isEmpty();
    pass(Duration.ofSeconds(5));
    times(endpoints.getFirst(), 1, 5);
    assertThat(changes)
        .containsExactly(
            "1 EjectedByLatency[latency=PT0.492S, peers=PT0.006S, requests=20, time=PT10S]");
    assertThat(endpoints.get(1).state())
        .isInstanceOfSatisfying(
            EjectionState.Ejected.class,
            ejected -> assertThat(ejected.reason()).isEqualTo("latency"));
  }

  @ParameterizedTest
  @CsvSource({
    // endpoints, at-most, milliseconds of each, which are out, how many are kept
    "2, 50, 500 5, '', 0",
    "3, 50, 500 5 5, 0, 0",
    "3, 33, 500 5 5, '', 0",
    "4, 25, 500 900 5 5, 1, 1",
    "4, 50, 500 900 5 5, 0 1, 0",
    "5, 50, 5 900 5 500 5, 1 3, 0",
    "5, 20, 5 500 5 900 5, 3, 1"
  })
  void noMoreThanTheShareIsOutAndTheSlowestGoesFirst(
      int count, int atMost, String millis, String out, int kept) {
    List<EndpointEjection> endpoints = timed(count, atMost);
    window(endpoints, Arrays.stream(millis.split(" ", -1)).mapToInt(Integer::parseInt).toArray());
    assertThat(out(endpoints).stream().map(String::valueOf).toList())
        .isEqualTo(out.isEmpty() ? List.of() : List.of(out.split(" ", -1)));
    assertThat(changes).filteredOn(change -> change.contains("KeptThoughSlow")).hasSize(kept);
  }

  @Test
  void switchedOffLatencyEjectsNone() {
    List<EndpointEjection> endpoints = endpoints(3, DEFAULT);
    window(endpoints, 5000, 5, 5);
    assertThat(changes).isEmpty();
  }

  @Test
  void aWindowWithoutEnoughRequestsEjectsNoneAndIsForgotten() {
    List<EndpointEjection> endpoints = timed(3, 50);
    for (int i = 0; i < 3; i++) {
      times(endpoints.getFirst(), 6, 500);
      times(endpoints.get(1), 20, 5);
      times(endpoints.get(2), 20, 5);
      pass(Duration.ofSeconds(5));
    }
    assertThat(changes).isEmpty();
  }

  /** The time may have been a fault that is over. */
  @Test
  void timesFromBeforeAPauseAreForgotten() {
    List<EndpointEjection> endpoints = timed(3, 50);
    times(endpoints.getFirst(), 10, 500);
    times(endpoints.get(1), 10, 5);
    times(endpoints.get(2), 10, 5);
    pass(Duration.ofSeconds(10));
    times(endpoints.get(2), 1, 5);
    assertThat(changes).isEmpty();
    window(endpoints, 5, 500, 5);
    assertThat(out(endpoints)).containsExactly(1);
  }

  @Test
  void anEjectedEndpointReturnsByATrialAndIsEjectedForLongerIfItIsStillSlow() {
    List<EndpointEjection> endpoints = timed(3, 50);
    window(endpoints, 500, 5, 5);
    waitOut(endpoints.getFirst());
    times(endpoints.getFirst(), 1, 500);
    assertThat(changes).last().isEqualTo("0 Returned[]");
    pass(Duration.ofSeconds(1));
    window(endpoints, 500, 5, 5);
    assertThat(changes).hasSize(3).last().asString().contains("EjectedByLatency", "time=PT20S");
  }

  @Test
  void timesOfRequestsFromBeforeAnEjectionDoNotCount() {
    List<EndpointEjection> endpoints = timed(3, 50);
    EndpointEjection first = endpoints.getFirst();
    int before = first.begin();
    long sent = first.requestSent();
    fail(first, 5);
    waitOut(first);
    answer(first);
    window(endpoints, 5, 5, 5);
    for (int i = 0; i < 30; i++) {
      first.took(before, sent);
    }
    window(endpoints, 5, 5, 5);
    assertThat(changes).hasSize(2);
  }

  @Test
  void anEndpointThatIsOutIsNoPeer() {
    List<EndpointEjection> endpoints = timed(3, 100);
    times(endpoints.get(2), 12, 5);
    fail(endpoints.get(2), 5);
    window(endpoints.subList(0, 2), 500, 5);
    assertThat(out(endpoints)).containsExactly(2);
  }

  @Test
  void threadsCountEachTimeAndEjectOnce() throws Exception {
    List<EndpointEjection> endpoints = timed(4, 25);
    try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
      for (Future<Boolean> done : executor.invokeAll(load(endpoints, /* first= */ 0))) {
        assertThat(done.get()).isTrue();
      }
      pass(Duration.ofSeconds(5));
      for (Future<Boolean> done : executor.invokeAll(load(endpoints, /* first= */ 1))) {
        assertThat(done.get()).isTrue();
      }
    }
    assertThat(changes)
        .containsExactly(
            "0 EjectedByLatency[latency=PT0.492S, peers=PT0.006S, requests=400, time=PT10S]");
  }

  /** Requests of four threads, at all endpoints from this one on. */
  private List<Callable<Boolean>> load(List<EndpointEjection> endpoints, int first) {
    return Collections.nCopies(
        4,
        () -> {
          for (int i = 0; i < 100; i++) {
            for (int endpoint = first; endpoint < endpoints.size(); endpoint++) {
              times(endpoints.get(endpoint), 1, endpoint == 0 ? 500 : 5);
            }
          }
          return true;
        });
  }
}
