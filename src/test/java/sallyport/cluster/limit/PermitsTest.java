package sallyport.cluster.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PermitsTest {
  @Test
  void asManyAsTheLimitCanBeTaken() {
    Permits permits = new Permits(2);
    assertThat(permits.tryTake()).isTrue();
    assertThat(permits.tryTake()).isTrue();
    assertThat(permits.tryTake()).isFalse();
    assertThat(permits.taken()).isEqualTo(2);
  }

  @Test
  void oneThatIsGivenBackCanBeTakenAgain() {
    Permits permits = new Permits(1);
    assertThat(permits.tryTake()).isTrue();
    permits.giveBack();
    assertThat(permits.taken()).isZero();
    assertThat(permits.tryTake()).isTrue();
    assertThat(permits.tryTake()).isFalse();
  }

  @Test
  void ofNoneNoneCanBeTaken() {
    assertThat(new Permits(0).tryTake()).isFalse();
  }

  @Test
  void threadsNeverHaveMoreThanTheLimitTogether() throws InterruptedException {
    Permits permits = new Permits(3);
    AtomicInteger had = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch begin = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    awaitUninterruptibly(begin);
                    for (int turn = 0; turn < 20_000; turn++) {
                      if (permits.tryTake()) {
                        most.accumulateAndGet(had.incrementAndGet(), Math::max);
                        had.decrementAndGet();
                        permits.giveBack();
                      }
                    }
                  }));
    }
    begin.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(most.get()).isBetween(1, 3);
    assertThat(permits.taken()).isZero();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
