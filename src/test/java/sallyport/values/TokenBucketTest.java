package sallyport.values;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenBucketTest {
  private static final long MILLI = 1_000_000;

  /** Half a second before the clock wraps around, as nanoTime may. */
  private static final long START = Long.parseLong("9223372036354775807");

  private final TokenBucket tenAfterThree = new TokenBucket(10, 3);

  private static int taken(TokenBucket rate, long from, long now, int tries) {
    long full = from;
    int taken = 0;
    for (int i = 0; i < tries; i++) {
      long next = rate.take(full, now);
      if (next != TokenBucket.EMPTY) {
        full = next;
        taken++;
      }
    }
    return taken;
  }

  @Test
  void aFullBucketGivesItsBurst() {
    assertThat(taken(tenAfterThree, START, START, 10)).isEqualTo(3);
  }

  @Test
  void anEmptyOneFillsAtItsRateEvenWhereTheClockWrapsAround() {
    long full = START;
    for (int i = 0; i < 3; i++) {
      full = tenAfterThree.take(full, START);
    }
    assertThat(tenAfterThree.take(full, START + 99 * MILLI)).isEqualTo(TokenBucket.EMPTY);
    assertThat(tenAfterThree.untilNext(full, START + 99 * MILLI)).isEqualTo(MILLI);
    assertThat(tenAfterThree.untilNext(full, START + 100 * MILLI)).isZero();
    assertThat(taken(tenAfterThree, full, START + 100 * MILLI, 10)).isEqualTo(1);
    assertThat(taken(tenAfterThree, full, START + 250 * MILLI, 10)).isEqualTo(2);
    // A second later the clock has gone past the largest number.
    assertThat(taken(tenAfterThree, full, START + 1000 * MILLI, 10)).isEqualTo(3);
  }

  @Test
  void aRateOfZeroIsNoLimit() {
    assertThat(taken(new TokenBucket(0, 1), START, START, 1000)).isEqualTo(1000);
  }
}
