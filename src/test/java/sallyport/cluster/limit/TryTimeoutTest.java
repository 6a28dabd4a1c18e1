package sallyport.cluster.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Attempts of 3 in a time of 10. */
class TryTimeoutTest {
  private static final long WHOLE = 10;

  private final TryTimeout tries = new TryTimeout(3);

  @Test
  void eachAttemptHasItsTimeAndAllTogetherThatOfTheResponse() {
    assertThat(tries.left(100, WHOLE)).isEqualTo(3);
    tries.next();
    assertThat(tries.left(104, WHOLE)).as("a connection took a while").isEqualTo(3);
    tries.next();
    assertThat(tries.left(108, WHOLE)).isEqualTo(2);
    assertThat(tries.isOver(109)).isFalse();
    assertThat(tries.isOver(110)).isTrue();
    tries.next();
    assertThat(tries.left(115, WHOLE)).as("a timeout needs some time").isEqualTo(1);
  }

  @Test
  void anAttemptThatWaitsOnHasAllThatIsLeft() {
    assertThat(tries.left(0, WHOLE)).isEqualTo(3);
    tries.waitOn();
    assertThat(tries.left(3, WHOLE)).isEqualTo(7);
    assertThat(tries.isOver(10)).isTrue();
  }

  @Test
  void anotherAttemptAfterItHasItsTimeAgain() {
    tries.left(0, WHOLE);
    tries.waitOn();
    tries.next();
    assertThat(tries.left(5, WHOLE)).isEqualTo(3);
  }

  @Test
  void anInterimResponseBeginsTheTimeAgain() {
    tries.left(0, WHOLE);
    tries.renew();
    assertThat(tries.left(9, WHOLE)).isEqualTo(10);
    assertThat(tries.isOver(18)).isFalse();
    assertThat(tries.isOver(19)).isTrue();
  }

  @Test
  void aShorterTimeOfTheResponseCounts() {
    assertThat(tries.left(0, 2)).isEqualTo(2);
  }

  @Test
  void theClockMayOverflow() {
    assertThat(tries.left(Long.MAX_VALUE - 1, WHOLE)).isEqualTo(3);
    assertThat(tries.left(Long.MIN_VALUE + 6, WHOLE)).isEqualTo(2);
    assertThat(tries.isOver(Long.MIN_VALUE + 7)).isFalse();
    assertThat(tries.isOver(Long.MIN_VALUE + 8)).isTrue();
  }
}
