package sallyport.cluster.ejection;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Times in which one endpoint has answered, counted by ranges of which each is at most an eighth
 * wide: from the end of a request to the head of its response.
 *
 * <p>Any thread; no locks. A time adds one to a counter, and nothing more.
 */
final class LatencyHistogram {
  /**
   * Range of times, in microseconds.
   *
   * @param from included
   * @param to not included
   */
  record Range(long from, long to) {}

  /**
   * Times of a number of requests.
   *
   * @param half that half of the requests took, or longer: the median
   * @param quarter that a quarter of the requests took, or longer
   */
  record Sample(long requests, Range half, Range quarter) {
    static final Sample EMPTY = new Sample(0, new Range(0, 0), new Range(0, 0));
  }

  /** Ranges for each doubling of the time. */
  private static final int STEPS = 8;

  private static final int STEP_BITS = 3;

  /** Above it, more than an hour, times are counted as if they were that. */
  private static final long LONGEST = (1L << 32) - 1;

  private static final int SIZE = index(LONGEST) + 1;

  private final AtomicIntegerArray counts = new AtomicIntegerArray(SIZE);

  /** Counts a time. */
  void add(long nanos) {
    counts.getAndIncrement(index(Math.clamp(nanos / 1000, 0, LONGEST)));
  }

  /** Returns the times since the last call. */
  Sample take() {
    int[] taken = new int[SIZE];
    long sum = 0;
    for (int i = 0; i < SIZE; i++) {
      if (counts.get(i) != 0) {
        taken[i] = counts.getAndSet(i, 0);
        sum += taken[i];
      }
    }
    return sum == 0 ? Sample.EMPTY : new Sample(sum, share(taken, sum, 2), share(taken, sum, 4));
  }

  /** Returns the greatest range that one of so many requests took, or longer. */
  private static Range share(int[] counts, long sum, int oneOf) {
    long reached = 0;
    for (int i = SIZE - 1; i > 0; i--) {
      reached += counts[i];
      if (reached * oneOf >= sum) {
        return range(i);
      }
    }
    return range(0);
  }

  private static int index(long micros) {
    if (micros < STEPS) {
      return (int) micros;
    }
    int doublings = Long.SIZE - 1 - Long.numberOfLeadingZeros(micros) - STEP_BITS;
    return STEPS * doublings + (int) (micros >>> doublings);
  }

  private static Range range(int index) {
    return new Range(least(index), least(index + 1));
  }

  private static long least(int index) {
    if (index < STEPS) {
      return index;
    }
    int doublings = index / STEPS - 1;
    return (long) (STEPS + index % STEPS) << doublings;
  }

  /** Returns microseconds in milliseconds, rounded up, for people. */
  static Duration millis(long micros) {
    return Duration.ofMillis(Math.ceilDiv(micros, 1000));
  }
}
