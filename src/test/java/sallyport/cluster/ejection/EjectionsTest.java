package sallyport.cluster.ejection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
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
    return new EjectionConfig(
        failures,
        Duration.ofSeconds(base),
        Duration.ofSeconds(longest),
        atMost,
        new EjectionConfig.FailureShare(0, 20, Duration.ofSeconds(10)));
  }

  /** A share of 30 % of 20 requests in 10 s, beside this number in a row. */
  private static EjectionConfig share(int failures) {
    return new EjectionConfig(
        failures,
        Duration.ofSeconds(10),
        Duration.ofSeconds(300),
        50,
        new EjectionConfig.FailureShare(30, 20, Duration.ofSeconds(10)));
  }

  private List<EndpointEjection> endpoints(int count, EjectionConfig rules) {
    Ejections ejections = new Ejections(rules, count, now::get);
    List<EndpointEjection> endpoints = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      endpoints.add(new EndpointEjection(ejections, change -> changes.add(number + " " + change)));
    }
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
    Ejections ejections = new Ejections(DEFAULT, 2, now::get);
    ejections.trialsByChecks(true);
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
}
