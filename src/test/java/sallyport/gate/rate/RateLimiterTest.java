package sallyport.gate.rate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import sallyport.config.listener.RateConfig;

class RateLimiterTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final AtomicLong clock = new AtomicLong(1);

  private RateLimiter limiter(int perSecond, int burst, int most) {
    return new RateLimiter(new RateConfig(perSecond, burst), most, clock::get);
  }

  private static int taken(RateLimiter limiter, Object key, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; i++) {
      taken += limiter.take(key) == 0 ? 1 : 0;
    }
    return taken;
  }

  @Test
  void eachKeyHasABucketOfItsOwn() {
    RateLimiter limiter = limiter(10, 3, 100);
    assertThat(taken(limiter, "a", 10)).isEqualTo(3);
    assertThat(taken(limiter, "b", 10)).isEqualTo(3);
    clock.addAndGet(SECOND / 5);
    assertThat(taken(limiter, "a", 10)).isEqualTo(2);
  }

  @Test
  void anEmptyBucketTellsWhenItHasATokenAgain() {
    RateLimiter limiter = limiter(2, 1, 100);
    assertThat(limiter.take("a")).isZero();
    assertThat(limiter.take("a")).isEqualTo(SECOND / 2);
    clock.addAndGet(SECOND / 2);
    assertThat(limiter.take("a")).isZero();
  }

  /** New keys, which clients can make up, share a bucket rather than memory. */
  @Test
  void furtherKeysShareABucket() {
    RateLimiter limiter = limiter(1, 5, 10);
    for (int i = 0; i < 10; i++) {
      assertThat(limiter.take("known " + i)).isZero();
    }
    int taken = 0;
    for (int i = 0; i < 100; i++) {
      taken += limiter.take("new " + i) == 0 ? 1 : 0;
    }
    assertThat(taken).isEqualTo(5);
    assertThat(limiter.size()).isEqualTo(10);
    assertThat(taken(limiter, "known 1", 10)).isEqualTo(4);
  }

  @Test
  void bucketsThatAreFullMakeRoom() {
    RateLimiter limiter = limiter(1, 5, 10);
    for (int i = 0; i < 10; i++) {
      limiter.take("old " + i);
    }
    clock.addAndGet(2 * SECOND);
    for (int i = 0; i < 1000; i++) {
      assertThat(limiter.take("new " + i)).isZero();
      clock.addAndGet(2 * SECOND);
    }
    assertThat(limiter.size()).isLessThanOrEqualTo(10);
  }

  /** Threads that take from the same buckets while others make these come and go. */
  @Test
  void noTokenIsGivenTwice() throws Exception {
    int threads = 4;
    int keys = 50;
    int burst = 20;
    RateLimiter limiter = limiter(1, burst, 1000);
    CyclicBarrier begin = new CyclicBarrier(threads);
    List<Future<Integer>> taken = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (int t = 0; t < threads; t++) {
        int own = t;
        taken.add(
            executor.submit(
                () -> {
                  begin.await();
                  int sum = 0;
                  for (int i = 0; i < 100 * keys; i++) {
                    sum += limiter.take("shared " + i % keys) == 0 ? 1 : 0;
                    limiter.take(own + " " + i % 500);
                  }
                  return sum;
                }));
      }
    }
    int sum = 0;
    for (Future<Integer> each : taken) {
      sum += each.get();
    }
    assertThat(sum).isEqualTo(keys * burst);
  }
}
