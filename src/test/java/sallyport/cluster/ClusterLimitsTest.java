package sallyport.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cluster.limit.RetryBudget;
import sallyport.net.Failure;
import sallyport.testkit.Backends;

/** The limits of a cluster of two endpoints. */
class ClusterLimitsTest {
  private static Cluster cluster(String settings) {
    return new Cluster(Backends.config("endpoints = [ \"a:1\", \"b:1\" ], " + settings));
  }

  private static Completion taken(Cluster cluster) {
    return ((Pick.Picked) cluster.pick(PickContext.FIRST)).completion();
  }

  private static Outcome outcome(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> new Outcome.Answered(200, 1);
      case 1 -> new Outcome.ConnectFailed(Failure.Upstream.CONNECT_REFUSED);
      case 2 -> new Outcome.Failed(Failure.Upstream.RESPONSE_TIMEOUT);
      default -> new Outcome.Cancelled();
    };
  }

  private static List<Integer> loads(Cluster cluster) {
    return cluster.endpoints().stream().map(Endpoint::requests).toList();
  }

  // ---- requests in flight

  @Test
  void overTheLimitOfAllEndpointsTheClusterIsOverloaded() {
    Cluster cluster = cluster("limits.max-requests = 3");
    for (int i = 0; i < 3; i++) {
      taken(cluster);
    }
    assertThat(cluster.pick(PickContext.FIRST)).isInstanceOf(Pick.Overloaded.class);
    assertThat(cluster.requests()).isEqualTo(3);
    assertThat(loads(cluster)).as("what is refused is no load").containsExactly(2, 1);
  }

  @Test
  void aFurtherAttemptAndABoundOneNeedRoomToo() {
    Cluster cluster = cluster("limits.max-requests = 1");
    Endpoint a = cluster.endpoints().getFirst();
    taken(cluster);
    assertThat(cluster.pick(PickContext.after(List.of(a), null, null)))
        .isInstanceOf(Pick.Overloaded.class);
    assertThat(cluster.pick(PickContext.boundTo(a, /* first= */ true)))
        .isInstanceOf(Pick.Overloaded.class);
  }

  @Test
  void aCompletionMakesRoomOnce() {
    Cluster cluster = cluster("limits.max-requests = 2");
    Completion first = taken(cluster);
    taken(cluster);
    first.done(new Outcome.Cancelled());
    assertThatThrownBy(() -> first.done(new Outcome.Cancelled()))
        .isInstanceOf(IllegalStateException.class);
    assertThat(cluster.requests()).isEqualTo(1);
    taken(cluster);
    assertThat(cluster.pick(PickContext.FIRST)).isInstanceOf(Pick.Overloaded.class);
  }

  /** The room of an attempt is free before anything hears of its end. */
  @Test
  void whoHearsOfAnOutcomeFindsTheRoom() {
    List<Integer> inFlight = new ArrayList<>();
    Cluster[] made = new Cluster[1];
    made[0] =
        new Cluster(
            Backends.config("endpoints = [ \"a:1\" ]"),
            (endpoint, outcome) -> inFlight.add(made[0].requests()));
    taken(made[0]).done(new Outcome.Answered(200, 1));
    assertThat(inFlight).containsExactly(0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void whateverHappensTheCountIsThatOfTheAttemptsInFlight(long seed) {
    Random random = new Random(seed);
    int limit = 1 + random.nextInt(8);
    Cluster cluster = cluster("limits.max-requests = " + limit);
    List<Pick.Picked> open = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      if (random.nextBoolean()) {
        PickContext context =
            switch (random.nextInt(3)) {
              case 0 -> PickContext.FIRST;
              case 1 ->
                  PickContext.after(
                      List.of(cluster.endpoints().get(random.nextInt(2))), null, null);
              default -> PickContext.boundTo(cluster.endpoints().get(random.nextInt(2)), true);
            };
        switch (cluster.pick(context)) {
          case Pick.Picked picked -> open.add(picked);
          case Pick.Overloaded overloaded -> assertThat(open).hasSize(limit);
          case Pick.NoneHealthy none -> throw new AssertionError("there are endpoints");
        }
      } else if (!open.isEmpty()) {
        open.remove(random.nextInt(open.size())).completion().done(outcome(random));
      }
      assertThat(cluster.requests()).isEqualTo(open.size()).isLessThanOrEqualTo(limit);
      assertThat(loads(cluster).stream().mapToInt(load -> load).sum()).isEqualTo(open.size());
    }
    open.forEach(picked -> picked.completion().done(outcome(random)));
    assertThat(cluster.requests()).isZero();
    assertThat(loads(cluster)).containsExactly(0, 0);
  }

  @Test
  void eventLoopsNeverHaveMoreThanTheLimitTogether() throws InterruptedException {
    int limit = 5;
    Cluster cluster = cluster("limits.max-requests = " + limit);
    AtomicInteger inFlight = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    CountDownLatch begin = new CountDownLatch(1);
    List<Thread> loops = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Random random = new Random(i);
      loops.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    await(begin);
                    List<Completion> open = new ArrayList<>();
                    for (int turn = 0; turn < 20_000; turn++) {
                      if (open.size() < 3 && random.nextBoolean()) {
                        switch (cluster.pick(PickContext.FIRST)) {
                          case Pick.Picked picked -> {
                            most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
                            open.add(picked.completion());
                          }
                          case Pick.Overloaded overloaded -> refused.incrementAndGet();
                          case Pick.NoneHealthy none -> refused.set(Integer.MIN_VALUE);
                        }
                      } else if (!open.isEmpty()) {
                        inFlight.decrementAndGet();
                        open.removeLast().done(outcome(random));
                      }
                    }
                    inFlight.addAndGet(-open.size());
                    open.forEach(completion -> completion.done(outcome(random)));
                  }));
    }
    begin.countDown();
    for (Thread loop : loops) {
      loop.join();
    }
    assertThat(most.get()).isLessThanOrEqualTo(limit);
    assertThat(refused.get()).isNotNegative();
    assertThat(cluster.requests()).isZero();
    assertThat(loads(cluster)).containsExactly(0, 0);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  // ---- requests that wait

  @Test
  void requestsThatWaitAtAnyEndpointShareTheirLimit() {
    List<Endpoint> endpoints = cluster("limits.max-waiting = 2").endpoints();
    assertThat(endpoints.get(0).tryWait()).isTrue();
    assertThat(endpoints.get(1).tryWait()).isTrue();
    assertThat(endpoints.get(0).tryWait()).isFalse();
    endpoints.get(1).waitEnded();
    assertThat(endpoints.get(0).tryWait()).isTrue();
  }

  // ---- retries

  private static int retries(Cluster cluster) {
    int retries = 0;
    while (retries < 1000 && cluster.tryRetry()) {
      retries++;
    }
    return retries;
  }

  @Test
  void onlyTheFirstAttemptOfARequestAddsToTheBudget() {
    Cluster cluster = cluster("retries.budget = 100%");
    Endpoint a = cluster.endpoints().getFirst();
    for (int i = 0; i < 200; i++) {
      taken(cluster).done(new Outcome.Failed(Failure.Upstream.STREAM_REFUSED));
      ((Pick.Picked) cluster.pick(PickContext.after(List.of(a), null, null)))
          .completion()
          .done(new Outcome.Cancelled());
    }
    // 230, less or more by the time that passes; 430 where each attempt counted.
    assertThat(retries(cluster)).isBetween(150, 330);
  }

  @Test
  void aRequestThatIsRefusedAddsNothingToTheBudget() {
    Cluster cluster = cluster("limits.max-requests = 1, retries.budget = 100%");
    taken(cluster);
    for (int i = 0; i < 500; i++) {
      assertThat(cluster.pick(PickContext.FIRST)).isInstanceOf(Pick.Overloaded.class);
    }
    assertThat(retries(cluster)).isLessThan(RetryBudget.LEAST + 100);
  }
}
