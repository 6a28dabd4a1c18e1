package sallyport.cluster.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CandidatesTest {
  private static int[] weights(String text) {
    return Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
  }

  /** The positions of so many turns, as letters. */
  private static String turns(Candidates candidates, int count) {
    return IntStream.range(0, count)
        .map(candidates::atTurn)
        .mapToObj(index -> String.valueOf((char) ('a' + candidates.position(index))))
        .collect(Collectors.joining());
  }

  @ParameterizedTest
  @CsvSource({
    // weights, turns
    "1, aaa",
    "1000, aaa",
    "1 1, abab",
    "1 1 1, abcabc",
    "1000 1000 1000, abcabc",
    "3 1, abaaabaa",
    "300 100, abaaabaa",
    "1 3, abbbabbb",
    "2 1, abaaba",
    "5 1 1, aaabacaaaabaca"
  })
  void turnsFollowTheWeights(String weights, String turns) {
    assertThat(turns(Candidates.of(weights(weights)), turns.length())).isEqualTo(turns);
  }

  static IntStream seeds() {
    return IntStream.range(0, 50);
  }

  /** Up to twenty endpoints of any weights. */
  private static int[] weights(Random random) {
    return random.ints(1 + random.nextInt(20), 1, 1001).toArray();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void inEachCycleEachHasExactlyItsWeight(int seed) {
    Random random = new Random(seed);
    int[] weights = weights(random);
    Candidates candidates = Candidates.of(weights);
    int start = random.nextInt();
    int cycle = Arrays.stream(weights).sum();
    int[] counts = new int[weights.length];
    for (int turn = 0; turn < cycle; turn++) {
      counts[candidates.atTurn(Math.abs(start / 2) + turn)]++;
    }
    assertThat(counts).isEqualTo(weights);
  }

  /** The most that one may be ahead of its share, or behind it, at any time. */
  private static final double MOST_APART = 4;

  @ParameterizedTest
  @MethodSource("seeds")
  void atEachTurnEachIsNearItsShare(int seed) {
    int[] weights = weights(new Random(seed));
    Candidates candidates = Candidates.of(weights);
    int cycle = Arrays.stream(weights).sum();
    int[] counts = new int[weights.length];
    double apart = 0;
    for (int turn = 0; turn < cycle; turn++) {
      counts[candidates.atTurn(turn)]++;
      for (int i = 0; i < weights.length; i++) {
        double share = (double) weights[i] / cycle * (turn + 1);
        apart = Math.max(apart, Math.abs(counts[i] - share));
      }
    }
    assertThat(apart).isLessThan(MOST_APART);
  }

  @Test
  void theTurnsGoOnWhereTheirNumberOverflows() {
    Candidates candidates = Candidates.of(1, 1);
    assertThat(candidates.atTurn(Integer.MAX_VALUE)).isEqualTo(1);
    assertThat(candidates.atTurn(Integer.MIN_VALUE)).isZero();
  }

  @Test
  void thoseThatAreLeftHaveTurnsByTheirWeights() {
    Candidates left = Candidates.of(7, 3, 5, 1).without(position -> position % 2 == 0);
    assertThat(left.size()).isEqualTo(2);
    assertThat(turns(left, 8)).isEqualTo("bdbbbdbb");
    assertThat(left.indexOf(1)).isNotNegative();
    assertThat(left.indexOf(0)).isNegative();
    assertThat(left.without(position -> true).isEmpty()).isTrue();
  }
}
