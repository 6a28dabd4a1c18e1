package sallyport.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LineQueueTest {
  @Test
  void linesComeOutInTheirOrder() {
    LineQueue<Integer> queue = new LineQueue<>(3);
    for (int i = 0; i < 10; i++) {
      assertThat(queue.offer(i)).isTrue();
      assertThat(queue.offer(100 + i)).isTrue();
      assertThat(queue.size()).isEqualTo(2);
      assertThat(queue.poll()).isEqualTo(i);
      assertThat(queue.poll()).isEqualTo(100 + i);
    }
    assertThat(queue.poll()).isNull();
    assertThat(queue.size()).isZero();
  }

  @Test
  void aFullQueueTakesNothingUntilSomethingWasTaken() {
    LineQueue<Integer> queue = new LineQueue<>(2);
    assertThat(IntStream.range(0, 4).mapToObj(queue::offer))
        .containsExactly(true, true, false, false);
    assertThat(queue.poll()).isZero();
    assertThat(queue.offer(4)).isTrue();
    assertThat(queue.offer(5)).isFalse();
    assertThat(List.of(queue.poll(), queue.poll())).containsExactly(1, 4);
  }

  @Test
  void whatManyThreadsAddComesOutOnceAndInTheOrderOfEach() throws InterruptedException {
    int threads = 4;
    int each = 50_000;
    LineQueue<int[]> queue = new LineQueue<>(64);
    AtomicLong refused = new AtomicLong();
    List<Thread> adding = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int thread = t;
      adding.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < each; i++) {
                      if (!queue.offer(new int[] {thread, i})) {
                        refused.incrementAndGet();
                        Thread.onSpinWait();
                      }
                    }
                  }));
    }
    int[] last = {-1, -1, -1, -1};
    long taken = 0;
    boolean ended = false;
    while (true) {
      int[] line = queue.poll();
      if (line != null) {
        assertThat(line[1]).isGreaterThan(last[line[0]]);
        last[line[0]] = line[1];
        taken++;
      } else if (ended) {
        break;
      } else {
        ended = adding.stream().noneMatch(Thread::isAlive);
      }
    }
    assertThat(taken + refused.get()).isEqualTo((long) threads * each);
  }
}
