package sallyport.credentials.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When what was refused is tried again. */
class RetriesTest {
  private final Retries retries = new Retries();

  /** The looks at which it is tried, when it is refused each time. */
  private List<Integer> tries(int looks, long longest) {
    List<Integer> tries = new ArrayList<>();
    for (int look = 1; look <= looks; look++) {
      if (retries.isDue(longest)) {
        tries.add(look);
        retries.wanted();
      }
    }
    return tries;
  }

  @Test
  void nothingIsTriedAgainThatWasNotRefused() {
    assertThat(tries(100, 10)).isEmpty();
  }

  @Test
  void eachPauseIsTwiceTheLastOneUpToTheLongest() {
    retries.wanted();
    assertThat(tries(40, 10)).containsExactly(1, 3, 7, 15, 25, 35);
  }

  @Test
  void aTryThatIsNotWantedAgainIsTheLastOne() {
    retries.wanted();
    assertThat(retries.isDue(10)).isTrue();
    assertThat(tries(100, 10)).isEmpty();
  }

  @Test
  void afterAResetThePausesAreShortAgain() {
    retries.wanted();
    tries(20, 10);
    retries.reset();
    assertThat(tries(20, 10)).isEmpty();
    retries.wanted();
    assertThat(tries(3, 10)).containsExactly(1, 3);
  }
}
