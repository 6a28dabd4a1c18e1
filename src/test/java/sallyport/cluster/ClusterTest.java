package sallyport.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.Balance;
import sallyport.net.Failure;
import sallyport.testkit.Backends;

class ClusterTest {
  private final List<String> outcomes = new ArrayList<>();
  private final List<String> changes = new ArrayList<>();
  private long now = 5;

  private Cluster cluster(Balance balance, String... endpoints) {
    return cluster(
        "balance = "
            + (balance == Balance.ROUND_ROBIN ? "round-robin" : "least-requests")
            + ", endpoints = [ \""
            + String.join("\", \"", endpoints)
            + "\" ]");
  }

  /** Chance always gives the first of the others. */
  private Cluster cluster(String hocon) {
    return new Cluster(
        Backends.config(hocon),
        (endpoint, outcome) -> outcomes.add(endpoint.host() + " " + outcome),
        (endpoint, change) -> changes.add(endpoint.host() + " " + change),
        () -> now,
        /* tokens= */ null,
        below -> 0);
  }

  private static String endpoints(String... objects) {
    return "endpoints = [ { " + String.join(" }, { ", objects) + " } ]";
  }

  private static Pick.Picked pick(Cluster cluster, PickContext context) {
    return (Pick.Picked) cluster.pick(context);
  }

  private static PickContext after(@Nullable String key, Endpoint... tried) {
    return tried.length == 0
        ? PickContext.first(key)
        : PickContext.after(List.of(tried), key, null);
  }

  /** The choice for a request that ends at once. */
  private static Endpoint choose(Cluster cluster, Endpoint... tried) {
    Pick.Picked picked = pick(cluster, after(null, tried));
    picked.completion().done(new Outcome.Cancelled());
    return picked.endpoint();
  }

  private static List<String> choices(int count, Cluster cluster, Endpoint... tried) {
    return IntStream.range(0, count).mapToObj(i -> choose(cluster, tried).host()).toList();
  }

  private static void load(Endpoint endpoint, int requests) {
    for (int i = 0; i < requests; i++) {
      endpoint.requestStarted();
    }
  }

  // ---- the choice

  @Test
  void firstAttemptsTakeTurns() {
    assertThat(choices(5, cluster(Balance.ROUND_ROBIN, "a:1", "b:1", "c:1")))
        .containsExactly("a", "b", "c", "a", "b");
  }

  /** Of two, one is dead: every second request meets it, and not each. */
  @Test
  void aRetryTakesNoTurn() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "dead:1", "b:1");
    List<String> first = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Endpoint chosen = choose(cluster);
      first.add(chosen.host());
      if (chosen.host().equals("dead")) {
        assertThat(choose(cluster, chosen).host()).isEqualTo("b");
      }
    }
    assertThat(first).containsExactly("dead", "b", "dead", "b");
  }

  @Test
  void allEndpointsThatWereTriedAreAvoided() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1", "c:1");
    Endpoint first = choose(cluster);
    Endpoint second = choose(cluster, first);
    Endpoint third = choose(cluster, first, second);
    assertThat(Set.of(first, second, third)).hasSize(3);
  }

  @Test
  void whereAllWereTriedTheLastOneIsNext() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1");
    Endpoint a = cluster.endpoints().get(0);
    Endpoint b = cluster.endpoints().get(1);
    assertThat(choose(cluster, b, a)).isEqualTo(a);
  }

  @Test
  void theRetriesOfADeadEndpointSpreadOverTheOthers() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "dead:1", "b:1", "c:1");
    assertThat(choices(4, cluster, cluster.endpoints().getFirst()))
        .containsExactly("b", "c", "b", "c");
  }

  @ParameterizedTest
  @CsvSource({
    // load of a, b and c, what was tried, the choice as often as it is seen
    "1, 0, 1, c, b",
    "0, 1, 1, c, a",
    "0, 1, 0, a, c",
    "3, 2, 1, c, b",
    "5, 4, 3, b, c",
    "9, 0, 0, bc, a"
  })
  void theLessBusyEndpointOfTwoIsChosen(int a, int b, int c, String tried, String choice) {
    Cluster cluster = cluster(Balance.LEAST_REQUESTS, "a:1", "b:1", "c:1");
    List<Endpoint> endpoints = cluster.endpoints();
    load(endpoints.get(0), a);
    load(endpoints.get(1), b);
    load(endpoints.get(2), c);
    Endpoint[] avoided =
        endpoints.stream().filter(each -> tried.contains(each.host())).toArray(Endpoint[]::new);
    assertThat(choices(3, cluster, avoided)).containsOnly(choice);
  }

  @Test
  void equallyBusyEndpointsTakeTurns() {
    assertThat(choices(4, cluster(Balance.LEAST_REQUESTS, "a:1", "b:1")))
        .containsExactly("a", "b", "a", "b");
  }

  // ---- weights, keys and backups

  @Test
  void firstAttemptsTakeTurnsByWeight() {
    Cluster cluster =
        cluster(endpoints("address = \"a:1\", weight = 3", "address = \"b:1\", weight = 1"));
    assertThat(choices(8, cluster)).containsExactly("a", "b", "a", "a", "a", "b", "a", "a");
  }

  private static final String BACKUPS =
      endpoints(
          "address = \"y:1\", backup = true",
          "address = \"a:1\"",
          "address = \"z:1\", backup = true",
          "address = \"b:1\"",
          "address = \"c:1\"");

  private static List<Endpoint> named(Cluster cluster, String hosts) {
    return hosts
        .chars()
        .mapToObj(
            host ->
                cluster.endpoints().stream()
                    .filter(each -> each.host().equals(String.valueOf((char) host)))
                    .findFirst()
                    .orElseThrow())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    // what was tried, what may follow
    "'', abc",
    "a, bc",
    "ab, c",
    "cb, a",
    "abc, yz",
    "abcy, z",
    "abczy, y",
    "y, abc",
    "yzab, c"
  })
  void backupsServeOnceAllOthersAreTried(String tried, String next) {
    for (String balance : List.of("round-robin", "least-requests", "hash, hash.source = true")) {
      Cluster cluster = cluster("balance = " + balance + ", " + BACKUPS);
      Endpoint[] before = named(cluster, tried).toArray(Endpoint[]::new);
      assertThat(Set.copyOf(choices(12, cluster, before)))
          .as(balance)
          .containsExactlyInAnyOrder(next.split(""));
    }
  }

  @Test
  void aBackupIsNotTakenForTheLessBusyOne() {
    Cluster cluster = cluster("balance = least-requests, " + BACKUPS);
    named(cluster, "abc").forEach(endpoint -> load(endpoint, 100));
    assertThat(choices(9, cluster)).doesNotContain("y", "z");
  }

  @ParameterizedTest
  @CsvSource({
    // what was tried, whether any is left, whether a backup is
    "'', true, true",
    "abc, true, true",
    "abcy, true, true",
    "abyz, true, false",
    "abcyz, false, false"
  })
  void whatIsNotTriedIsLeft(String tried, boolean any, boolean backup) {
    Cluster cluster = cluster(BACKUPS);
    assertThat(cluster.hasUntried(named(cluster, tried))).isEqualTo(any);
    assertThat(cluster.hasUntriedBackup(named(cluster, tried))).isEqualTo(backup);
    assertThat(cluster(Balance.ROUND_ROBIN, "a:1").hasUntriedBackup(List.of())).isFalse();
  }

  private static String byKey(Cluster cluster, String key, Endpoint... tried) {
    Pick.Picked picked = pick(cluster, after(key, tried));
    picked.completion().done(new Outcome.Cancelled());
    return picked.endpoint().host();
  }

  @Test
  void requestsOfOneKeyGoToOneEndpointAndTakeNoTurn() {
    Cluster cluster =
        cluster("balance = hash, hash.source = true, endpoints = [ \"a:1\", \"b:1\", \"c:1\" ]");
    List<String> keys = IntStream.range(0, 30).mapToObj(i -> "key-" + i).toList();
    List<String> first = keys.stream().map(key -> byKey(cluster, key)).toList();
    assertThat(Set.copyOf(first)).containsExactlyInAnyOrder("a", "b", "c");
    assertThat(choose(cluster).host()).isEqualTo("a");
    assertThat(keys.stream().map(key -> byKey(cluster, key))).containsExactlyElementsOf(first);
  }

  @Test
  void anotherAttemptOfAKeyGoesToOneOtherEndpoint() {
    Cluster cluster =
        cluster("balance = hash, hash.source = true, endpoints = [ \"a:1\", \"b:1\", \"c:1\" ]");
    Endpoint first = named(cluster, byKey(cluster, "key")).getFirst();
    String second = byKey(cluster, "key", first);
    assertThat(second).isNotEqualTo(first.host());
    assertThat(byKey(cluster, "key", first)).isEqualTo(second);
  }

  @ParameterizedTest
  @CsvSource({
    // balance, key, what was tried, the endpoint whose connection had ended, the choice
    "round-robin, , a, a, b",
    "round-robin, , ab, b, b",
    "round-robin, , ab, , y",
    "hash, key, a, a, a",
    "hash, , a, a, b"
  })
  void anEndpointWhoseConnectionHadEndedIsTriedBeforeABackup(
      String balance, @Nullable String key, String tried, @Nullable String again, String choice) {
    Cluster cluster =
        cluster(
            "balance = %s, hash.source = %b, ".formatted(balance, balance.equals("hash"))
                + endpoints(
                    "address = \"a:1\"", "address = \"b:1\"", "address = \"y:1\", backup = true"));
    Endpoint ended = again == null ? null : named(cluster, again).getFirst();
    Pick.Picked picked = pick(cluster, PickContext.after(named(cluster, tried), key, ended));
    assertThat(picked.endpoint().host()).isEqualTo(choice);
  }

  private static PickContext of(Cluster cluster, String preferred) {
    return PickContext.FIRST.preferring(named(cluster, preferred).getFirst());
  }

  @Test
  void anEndpointThatTheClientKeepsServesAndTakesNoTurn() {
    Cluster cluster = cluster(BACKUPS);
    for (String host : List.of("c", "c", "y")) {
      assertThat(pick(cluster, of(cluster, host)).endpoint().host()).isEqualTo(host);
    }
    assertThat(choices(3, cluster)).containsExactly("a", "b", "c");
  }

  @ParameterizedTest
  @EnumSource(Withdrawal.class)
  void anEndpointThatIsOutServesNoClientThatKeepsIt(Withdrawal reason) {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1");
    cluster.endpoints().getFirst().withdraw(reason);
    assertThat(pick(cluster, of(cluster, "a")).endpoint().host()).isEqualTo("b");
  }

  @Test
  void whereAllAreOutAClientKeepsItsEndpointUnlessThatIsDrained() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1", "c:1");
    cluster.endpoints().forEach(endpoint -> endpoint.withdraw(Withdrawal.UNHEALTHY));
    assertThat(pick(cluster, of(cluster, "c")).endpoint().host()).isEqualTo("c");
    cluster.endpoints().getLast().withdraw(Withdrawal.DRAINED);
    assertThat(pick(cluster, of(cluster, "c")).endpoint().host()).isNotEqualTo("c");
  }

  @Test
  void anEndpointThatTheClientKeepsIsTriedOnceMoreFirst() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1");
    Endpoint a = cluster.endpoints().getFirst();
    List<Endpoint> tried = List.of(a);
    assertThat(
            List.of(
                pick(cluster, PickContext.after(tried, null, a).preferring(a)).endpoint().host(),
                pick(cluster, PickContext.after(tried, null, null).preferring(a)).endpoint().host(),
                pick(cluster, PickContext.after(tried, null, a)).endpoint().host()))
        .containsExactly("a", "b", "b");
  }

  @Test
  void aBoundRequestGoesToItsEndpointAndTakesNoTurn() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1");
    Endpoint b = cluster.endpoints().get(1);
    assertThat(pick(cluster, PickContext.boundTo(b, /* first= */ true)).endpoint()).isEqualTo(b);
    assertThat(b.requests()).isEqualTo(1);
    assertThat(choose(cluster).host()).isEqualTo("a");
  }

  @Test
  void aClusterWithoutEndpointsHasNoneHealthy() {
    BackendConfig config = Backends.withoutEndpoints();
    assertThat(new Cluster(config).pick(PickContext.first(null)))
        .isInstanceOf(Pick.NoneHealthy.class);
  }

  // ---- ejection

  /** Two failures eject for ten seconds. */
  private Cluster ejecting(Balance balance, String... endpoints) {
    return ejecting(
        "balance = %s, endpoints = [ \"%s\" ]"
            .formatted(
                switch (balance) {
                  case ROUND_ROBIN -> "round-robin";
                  case LEAST_REQUESTS -> "least-requests";
                  case HASH -> "hash, hash.source = true";
                },
                String.join("\", \"", endpoints)));
  }

  private Cluster ejecting(String hocon) {
    return cluster(hocon + ", ejection { consecutive-failures = 2, at-most = 67% }");
  }

  /** Lets all first attempts at this host fail, and those at others succeed, until it is out. */
  private static void eject(Cluster cluster, String host) {
    Endpoint endpoint = named(cluster, host).getFirst();
    while (endpoint.ejection().isInService()) {
      Pick.Picked picked = pick(cluster, PickContext.first(null));
      picked
          .completion()
          .done(
              picked.endpoint().equals(endpoint)
                  ? new Outcome.ConnectFailed(Failure.Upstream.CONNECT_TIMEOUT)
                  : new Outcome.Answered(500, 1));
    }
  }

  @ParameterizedTest
  @EnumSource(Balance.class)
  void anEjectedEndpointIsLeftOut(Balance balance) {
    Cluster cluster = ejecting(balance, "a:1", "b:1", "c:1");
    eject(cluster, "a");
    assertThat(choices(6, cluster)).containsOnly("b", "c").contains("b", "c");
    assertThat(changes)
        .containsExactly("a Ejected[reason=CONNECT_TIMEOUT, failures=2, time=PT10S]");
  }

  @Test
  void aRetryLeavesOutAnEjectedEndpointToo() {
    Cluster cluster = ejecting(Balance.ROUND_ROBIN, "a:1", "b:1", "c:1");
    eject(cluster, "a");
    Endpoint b = cluster.endpoints().get(1);
    assertThat(choices(4, cluster, b)).containsOnly("c");
  }

  @Test
  void anEjectedEndpointIsTheLastResortAndReturnsWithAnAnswer() {
    Cluster cluster = ejecting(Balance.ROUND_ROBIN, "a:1", "b:1");
    eject(cluster, "a");
    Endpoint b = cluster.endpoints().get(1);
    Pick.Picked last = pick(cluster, after(null, b));
    assertThat(last.endpoint().host()).isEqualTo("a");
    last.completion().headReceived();
    assertThat(changes.getLast()).isEqualTo("a Returned[]");
  }

  /** A response may take hours: a stream of events, a large file. */
  @Test
  void theHeadOfAResponseDecidesATrial() {
    Cluster cluster = ejecting(Balance.ROUND_ROBIN, "a:1", "b:1");
    eject(cluster, "a");
    now += Duration.ofSeconds(10).toNanos();
    Pick.Picked trial = pick(cluster, PickContext.first(null));
    while (!trial.endpoint().host().equals("a")) {
      trial.completion().done(new Outcome.Answered(200, 1));
      trial = pick(cluster, PickContext.first(null));
    }
    assertThat(choices(4, cluster)).as("while the trial is under way").containsOnly("b");
    trial.completion().headReceived();
    assertThat(choices(4, cluster)).contains("a", "b");
    trial.completion().done(new Outcome.Failed(Failure.Upstream.CLOSED_DURING_RESPONSE));
    assertThat(changes.getLast()).isEqualTo("a Returned[]");
  }

  @Test
  void aConnectionThatIsOneClientsOwnTellsNothing() {
    Cluster cluster = ejecting(Balance.ROUND_ROBIN, "a:1", "b:1");
    Endpoint a = cluster.endpoints().getFirst();
    for (int i = 0; i < 9; i++) {
      pick(cluster, PickContext.boundTo(a, /* first= */ true))
          .completion()
          .done(new Outcome.Failed(Failure.Upstream.CLOSED_BEFORE_RESPONSE));
    }
    assertThat(changes).isEmpty();
    eject(cluster, "a");
    assertThat(pick(cluster, PickContext.boundTo(a, /* first= */ true)).endpoint())
        .as("still its own")
        .isEqualTo(a);
  }

  @Test
  void anEjectedEndpointIsNoOther() {
    Cluster cluster = ejecting(Balance.ROUND_ROBIN, "a:1", "b:1", "c:1");
    Endpoint b = cluster.endpoints().get(1);
    Endpoint c = cluster.endpoints().get(2);
    assertThat(cluster.hasOther(List.of(c), b)).isTrue();
    eject(cluster, "a");
    assertThat(cluster.hasOther(List.of(), b)).isTrue();
    assertThat(cluster.hasOther(List.of(c), b)).isFalse();
  }

  private static final String TWO_AND_A_BACKUP =
      endpoints("address = \"a:1\"", "address = \"b:1\"", "address = \"y:1\", backup = true");

  @ParameterizedTest
  @ValueSource(strings = {"round-robin", "least-requests", "hash, hash.source = true"})
  void backupsServeWhileAllOthersAreEjected(String balance) {
    Cluster cluster = ejecting("balance = " + balance + ", " + TWO_AND_A_BACKUP);
    eject(cluster, "a");
    assertThat(choices(4, cluster)).as("one is left").containsOnly("b");
    eject(cluster, "b");
    assertThat(choices(4, cluster)).containsOnly("y");
    now += Duration.ofSeconds(10).toNanos();
    assertThat(Set.copyOf(choices(4, cluster))).as("due for trials").contains("a", "b");
  }

  @ParameterizedTest
  @CsvSource({
    // what is ejected, what was tried, the endpoint whose connection had ended, the choice
    "ab, y, , ab",
    "ab, y, y, y",
    "ab, a, , y",
    "ab, a, a, y",
    "ab, ay, , b",
    "a, b, , y",
    "a, b, b, b",
    "a, by, , a",
    "a, by, y, y",
    "ab, aby, , y"
  })
  void anEjectedEndpointIsTheLastResortBehindBackups(
      String ejected, String tried, @Nullable String again, String choice) {
    Cluster cluster = ejecting(TWO_AND_A_BACKUP);
    ejected.chars().forEach(host -> eject(cluster, String.valueOf((char) host)));
    Endpoint ended = again == null ? null : named(cluster, again).getFirst();
    Pick.Picked picked = pick(cluster, PickContext.after(named(cluster, tried), null, ended));
    assertThat(choice).contains(picked.endpoint().host());
  }

  @Test
  void theKeysOfAnEjectedEndpointAloneMoveUntilItReturns() {
    Cluster cluster =
        ejecting("balance = hash, hash.source = true, endpoints = [ \"a:1\", \"b:1\", \"c:1\" ]");
    List<String> keys = IntStream.range(0, 30).mapToObj(i -> "key-" + i).toList();
    List<String> before = keys.stream().map(key -> byKey(cluster, key)).toList();
    eject(cluster, "b");
    for (int i = 0; i < keys.size(); i++) {
      String moved = byKey(cluster, keys.get(i));
      if (before.get(i).equals("b")) {
        assertThat(moved).isIn("a", "c");
      } else {
        assertThat(moved).isEqualTo(before.get(i));
      }
    }
    now += Duration.ofSeconds(10).toNanos();
    assertThat(keys.stream().map(key -> byKey(cluster, key))).containsExactlyElementsOf(before);
  }

  @Test
  void aKeyLeavesAnEndpointThatIsEjectedAsItsConnectionEnds() {
    Cluster cluster =
        ejecting("balance = hash, hash.source = true, endpoints = [ \"a:1\", \"b:1\", \"c:1\" ]");
    eject(cluster, "b");
    List<Endpoint> b = named(cluster, "b");
    Pick.Picked picked = pick(cluster, PickContext.after(b, "key", b.getFirst()));
    assertThat(picked.endpoint().host()).isIn("a", "c");
  }

  // ---- withdrawal

  @ParameterizedTest
  @EnumSource(Withdrawal.class)
  void aWithdrawnEndpointIsLeftOutUntilItIsRestored(Withdrawal reason) {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1", "c:1");
    Endpoint a = cluster.endpoints().getFirst();
    assertThat(a.withdraw(reason)).isTrue();
    assertThat(a.withdraw(reason)).as("again").isFalse();
    assertThat(a.isUp()).isFalse();
    assertThat(choices(6, cluster)).containsOnly("b", "c").contains("b", "c");
    assertThat(choices(2, cluster, cluster.endpoints().get(1))).as("a retry").containsOnly("c");
    assertThat(a.restore(reason)).isTrue();
    assertThat(a.restore(reason)).as("again").isFalse();
    assertThat(a.isUp()).isTrue();
    assertThat(choices(6, cluster)).contains("a", "b", "c");
  }

  @Test
  void anEndpointReturnsWithTheLastReason() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1");
    Endpoint a = cluster.endpoints().getFirst();
    a.withdraw(Withdrawal.UNHEALTHY);
    a.withdraw(Withdrawal.DRAINED);
    a.restore(Withdrawal.DRAINED);
    assertThat(choices(4, cluster)).containsOnly("b");
    a.restore(Withdrawal.UNHEALTHY);
    assertThat(choices(4, cluster)).contains("a", "b");
  }

  @Test
  void whereAllAreUnhealthyAllServe() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1");
    cluster.endpoints().forEach(each -> each.withdraw(Withdrawal.UNHEALTHY));
    assertThat(choices(4, cluster)).contains("a", "b");
  }

  @Test
  void aDrainedEndpointIsNoLastResort() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1");
    cluster.endpoints().get(0).withdraw(Withdrawal.DRAINED);
    cluster.endpoints().get(1).withdraw(Withdrawal.UNHEALTHY);
    assertThat(choices(4, cluster)).containsOnly("b");
    cluster.endpoints().get(1).withdraw(Withdrawal.DRAINED);
    assertThat(cluster.pick(PickContext.first(null))).isInstanceOf(Pick.NoneHealthy.class);
  }

  @Test
  void aBackupServesWhereAllOthersAreWithdrawn() {
    Cluster cluster = cluster(TWO_AND_A_BACKUP);
    cluster.endpoints().get(0).withdraw(Withdrawal.DRAINED);
    cluster.endpoints().get(1).withdraw(Withdrawal.UNHEALTHY);
    assertThat(choices(4, cluster)).containsOnly("y");
    cluster.endpoints().get(2).withdraw(Withdrawal.UNHEALTHY);
    assertThat(choices(4, cluster)).as("a primary that is not drained").containsOnly("b");
    cluster.endpoints().get(1).withdraw(Withdrawal.DRAINED);
    assertThat(choices(4, cluster)).containsOnly("y");
  }

  @ParameterizedTest
  @CsvSource({"round-robin, ", "'hash, hash.source = true', key"})
  void aDrainedEndpointIsNotTriedOnceMore(String balance, @Nullable String key) {
    Cluster cluster = cluster("balance = " + balance + ", " + TWO_AND_A_BACKUP);
    Endpoint a = cluster.endpoints().getFirst();
    a.withdraw(Withdrawal.DRAINED);
    assertThat(pick(cluster, PickContext.after(List.of(a), key, a)).endpoint().host())
        .isEqualTo("b");
  }

  /** Or a request would be tried again without end. */
  @Test
  void aDrainedEndpointIsNotLeftToTry() {
    Cluster cluster = cluster(TWO_AND_A_BACKUP);
    cluster.endpoints().get(2).withdraw(Withdrawal.DRAINED);
    assertThat(cluster.hasUntriedBackup(List.of())).isFalse();
    assertThat(cluster.hasUntried(named(cluster, "a"))).isTrue();
    assertThat(cluster.hasUntried(named(cluster, "ab"))).isFalse();
  }

  @Test
  void aDrainedEndpointServesWhatIsBoundToIt() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1");
    Endpoint a = cluster.endpoints().getFirst();
    a.withdraw(Withdrawal.DRAINED);
    assertThat(pick(cluster, PickContext.boundTo(a, /* first= */ true)).endpoint()).isEqualTo(a);
  }

  // ---- slow start

  @ParameterizedTest
  @CsvSource({"round-robin, UNHEALTHY", "least-requests, UNHEALTHY", "round-robin, DRAINED"})
  void anEndpointThatComesBackHasATenthOfItsShareAtFirstAndAllInTheEnd(
      String balance, Withdrawal reason) {
    Cluster cluster =
        new Cluster(
            Backends.config(
                "balance = " + balance + ", slow-start = 30s, endpoints = [ \"a:1\", \"b:1\" ]"),
            (endpoint, outcome) -> {},
            (endpoint, change) -> {},
            () -> now);
    Endpoint a = cluster.endpoints().getFirst();
    assertThat(share(cluster)).as("at the start").isEqualTo(55);
    a.withdraw(reason);
    a.restore(reason);
    assertThat(share(cluster)).as("at first, 1 of 11").isEqualTo(10);
    now += Duration.ofSeconds(15).toNanos();
    assertThat(share(cluster)).as("half of the time, 5 of 15").isBetween(36L, 37L);
    now += Duration.ofSeconds(15).toNanos();
    assertThat(share(cluster)).as("in the end").isEqualTo(55);
  }

  @Test
  void anEndpointThatComesBackHasATenthOfItsKeysAtFirstAndAllInTheEnd() {
    Cluster cluster =
        new Cluster(
            Backends.config(
                "balance = hash, hash.source = true, slow-start = 30s,"
                    + " endpoints = [ \"a:1\", \"b:1\", \"c:1\" ]"),
            (endpoint, outcome) -> {},
            (endpoint, change) -> {},
            () -> now);
    Set<String> all = keysOf("a", cluster);
    Set<String> others = keysOf("b", cluster);
    Endpoint a = cluster.endpoints().getFirst();
    a.withdraw(Withdrawal.UNHEALTHY);
    a.restore(Withdrawal.UNHEALTHY);
    Set<String> before = Set.of();
    for (int tenths = 1; tenths <= 10; tenths++) {
      Set<String> keys = keysOf("a", cluster);
      assertThat(all).containsAll(keys);
      assertThat(keys).as("keys come back, and stay").containsAll(before);
      assertThat(keys.size())
          .isBetween(all.size() * (tenths - 1) / 10, all.size() * (tenths + 1) / 10);
      assertThat(keysOf("b", cluster)).as("no key of another moves").containsAll(others);
      before = keys;
      now += Duration.ofSeconds(3).toNanos();
      if (tenths == 1) {
        // A tenth holds for the first two steps.
        now += Duration.ofSeconds(3).toNanos();
      }
    }
    assertThat(before).isEqualTo(all);
  }

  /** The keys of 1000 whose first attempt is at this endpoint. */
  private static Set<String> keysOf(String host, Cluster cluster) {
    return IntStream.range(0, 1000)
        .mapToObj(i -> "tenant-" + i)
        .filter(
            key -> {
              Pick.Picked picked = pick(cluster, PickContext.first(key));
              picked.completion().done(new Outcome.Cancelled());
              return picked.endpoint().host().equals(host);
            })
        .collect(Collectors.toSet());
  }

  /** The number of requests of 110 that the first endpoint gets, one after the other. */
  private static long share(Cluster cluster) {
    return choices(110, cluster).stream().filter("a"::equals).count();
  }

  @Test
  void anEndpointThatReturnsFromAnEjectionStartsSlowly() {
    Cluster cluster =
        new Cluster(
            Backends.config("slow-start = 30s, endpoints = [ \"a:1\", \"b:1\" ]"),
            (endpoint, outcome) -> {},
            (endpoint, change) -> {},
            () -> now);
    Endpoint a = cluster.endpoints().getFirst();
    for (int i = 0; i < 5; i++) {
      a.ejection().failed(a.ejection().begin(), Failure.Upstream.CONNECT_REFUSED);
    }
    now += a.ejection().left().toNanos();
    a.ejection().answered(a.ejection().begin());
    assertThat(share(cluster)).isEqualTo(10);
  }

  // ---- latency

  private static final String LATENCY =
      "ejection.latency { factor = 3, difference = 20ms, requests = 10, window = 5s }, ";

  /** Requests in turn, of which those at {@code a} take half a second after their end. */
  private void timed(Cluster cluster, int requests, boolean sent) {
    for (int i = 0; i < requests; i++) {
      Pick.Picked picked = pick(cluster, PickContext.FIRST);
      if (sent) {
        picked.completion().requestSent();
      }
      long before = now;
      now += Duration.ofMillis(picked.endpoint().host().equals("a") ? 500 : 1).toNanos();
      picked.completion().headReceived();
      now = before;
      picked.completion().done(new Outcome.Answered(200, 1));
    }
  }

  private void window(Cluster cluster) {
    timed(cluster, 40, /* sent= */ true);
    now += Duration.ofSeconds(5).toNanos();
    timed(cluster, 2, /* sent= */ true);
  }

  @Test
  void anEndpointThatIsSlowBesideItsPeersIsEjected() {
    Cluster cluster = cluster(LATENCY + "endpoints = [ \"a:1\", \"b:1\", \"c:1\" ]");
    window(cluster);
    assertThat(changes).hasSize(1).first().asString().startsWith("a EjectedByLatency");
  }

  /** How long that takes may be up to the client. */
  @Test
  void requestsWhoseEndIsNotSentBeforeTheirResponseAreNotTimed() {
    Cluster cluster = cluster(LATENCY + "endpoints = [ \"a:1\", \"b:1\", \"c:1\" ]");
    timed(cluster, 60, /* sent= */ false);
    now += Duration.ofSeconds(5).toNanos();
    timed(cluster, 4, /* sent= */ true);
    assertThat(changes).isEmpty();
  }

  @Test
  void backupsAreNoPeers() {
    Cluster cluster =
        cluster(
            LATENCY
                + endpoints(
                    "address = \"a:1\"", "address = \"b:1\"", "address = \"c:1\", backup = true"));
    Endpoint c = cluster.endpoints().getLast();
    for (int i = 0; i < 20; i++) {
      int epoch = c.ejection().begin();
      c.ejection().took(epoch, now);
    }
    window(cluster);
    assertThat(changes).isEmpty();
  }

  @Test
  void answersWithinASlowStartAreNotCompared() {
    Cluster cluster =
        cluster(LATENCY + "slow-start = 1h, endpoints = [ \"a:1\", \"b:1\", \"c:1\" ]");
    Endpoint a = cluster.endpoints().getFirst();
    a.withdraw(Withdrawal.DRAINED);
    a.restore(Withdrawal.DRAINED);
    for (int i = 0; i < 10; i++) {
      window(cluster);
    }
    assertThat(changes).isEmpty();
  }

  // ---- panic

  private List<String> panics(Cluster cluster) {
    List<String> heard = new ArrayList<>();
    cluster
        .panic()
        .listen(
            new Panic.Listener() {
              @Override
              public void onRequest() {
                heard.add("request");
              }

              @Override
              public void onBegin() {
                heard.add("begin");
              }

              @Override
              public void onEnd() {
                heard.add("end");
              }
            });
    return heard;
  }

  @Test
  void requestsThatFindNoneInServiceAreCountedUntilOneIsBack() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1");
    List<String> heard = panics(cluster);
    choose(cluster);
    assertThat(heard).isEmpty();
    cluster.endpoints().forEach(each -> each.withdraw(Withdrawal.UNHEALTHY));
    choose(cluster);
    choose(cluster);
    assertThat(heard).containsExactly("request", "begin", "request");
    cluster.endpoints().getFirst().restore(Withdrawal.UNHEALTHY);
    choose(cluster);
    choose(cluster);
    assertThat(heard).containsExactly("request", "begin", "request", "end");
  }

  @Test
  void aRequestOfAClientThatKeepsItsEndpointBeginsAndEndsAPanicToo() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1");
    List<String> heard = panics(cluster);
    cluster.endpoints().forEach(each -> each.withdraw(Withdrawal.UNHEALTHY));
    pick(cluster, of(cluster, "b"));
    cluster.endpoints().get(1).restore(Withdrawal.UNHEALTHY);
    pick(cluster, of(cluster, "b"));
    assertThat(heard).containsExactly("request", "begin", "end");
  }

  @Test
  void anotherAttemptThatFindsNoOtherInServiceIsNoPanic() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1", "b:1");
    List<String> heard = panics(cluster);
    cluster.endpoints().get(1).withdraw(Withdrawal.UNHEALTHY);
    choose(cluster, cluster.endpoints().getFirst());
    assertThat(heard).isEmpty();
  }

  // ---- the end

  @Test
  void aPickIsLoadUntilItIsCompleted() {
    Cluster cluster = cluster(Balance.LEAST_REQUESTS, "a:1");
    Endpoint a = cluster.endpoints().getFirst();
    Pick.Picked first = pick(cluster, PickContext.first(null));
    Pick.Picked second = pick(cluster, PickContext.first(null));
    assertThat(a.requests()).isEqualTo(2);
    first.completion().done(new Outcome.Answered(200, 5));
    assertThat(a.requests()).isEqualTo(1);
    second.completion().done(new Outcome.Failed(Failure.Upstream.BAD_RESPONSE));
    assertThat(a.requests()).isZero();
    assertThat(outcomes)
        .containsExactly("a Answered[status=200, nanos=5]", "a Failed[failure=BAD_RESPONSE]");
  }

  @Test
  void anAttemptIsCompletedOnce() {
    Cluster cluster = cluster(Balance.ROUND_ROBIN, "a:1");
    Completion completion = pick(cluster, PickContext.first(null)).completion();
    completion.done(new Outcome.ConnectFailed(Failure.Upstream.CONNECT_REFUSED));
    assertThatThrownBy(() -> completion.done(new Outcome.Cancelled()))
        .isInstanceOf(IllegalStateException.class);
    assertThat(cluster.endpoints().getFirst().requests()).isZero();
    assertThat(outcomes).containsExactly("a ConnectFailed[failure=CONNECT_REFUSED]");
  }
}
