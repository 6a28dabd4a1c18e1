package sallyport.cluster.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LeastRequestsTest {
  private static int[] numbers(String text) {
    return Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
  }

  @ParameterizedTest
  @CsvSource({
    // weights, requests, whose turn it is, number by chance among the others, the choice
    "1 1 1, 0 0 0, 0, 0, 0",
    "1 1 1, 0 0 0, 1, 1, 1",
    "1 1 1, 1 0 0, 0, 0, 1",
    "1 1 1, 1 0 0, 0, 1, 2",
    "1 1 1, 1 0 1, 2, 0, 2",
    "1 1 1, 1 0 1, 2, 1, 1",
    "1 1 1, 9 9 8, 0, 0, 0",
    "3 1, 3 1, 0, 0, 0",
    "3 1, 3 0, 0, 0, 1",
    "3 1, 2 1, 1, 0, 0",
    "3 1, 4 1, 0, 0, 1",
    "1000 1, 2000 3, 0, 0, 0",
    "7, 5, 0, 0, 0"
  })
  void theLessBusyOfTwoIsChosen(String weights, String requests, int turn, int chance, int choice) {
    int[] load = numbers(requests);
    LeastRequests balancer = new LeastRequests(position -> load[position], below -> chance);
    Candidates among = Candidates.of(numbers(weights));
    int number =
        IntStream.range(0, 10_000)
            .filter(each -> among.atTurn(each) == turn)
            .findFirst()
            .orElseThrow();
    assertThat(balancer.choose(among, () -> number, null)).isEqualTo(choice);
  }

  static IntStream seeds() {
    return IntStream.range(0, 50);
  }

  /** Of one it is seen by whose turn it is, of the other by what chance gave. */
  @ParameterizedTest
  @MethodSource("seeds")
  void theBusierOfTwoIsNeverChosen(int seed) {
    Random random = new Random(seed);
    int size = 2 + random.nextInt(8);
    int[] weights = random.ints(size, 1, 1001).toArray();
    int[] load = random.ints(size, 0, 5000).toArray();
    Candidates among = Candidates.of(weights);
    for (int i = 0; i < 200; i++) {
      int turn = random.nextInt();
      int chance = random.nextInt(size - 1);
      int first = among.atTurn(turn);
      int second = chance < first ? chance : chance + 1;
      LeastRequests balancer = new LeastRequests(position -> load[position], below -> chance);
      int chosen = balancer.choose(among, () -> turn, null);
      int other = chosen == first ? second : first;
      assertThat(chosen).isIn(first, second);
      assertThat((double) load[chosen] / weights[chosen])
          .isLessThanOrEqualTo((double) load[other] / weights[other]);
    }
  }

  @Test
  void chanceIsAskedForOneOfTheOthers() {
    int[] below = new int[1];
    LeastRequests balancer =
        new LeastRequests(
            position -> 0,
            bound -> {
              below[0] = bound;
              return bound - 1;
            });
    balancer.choose(Candidates.of(1, 1, 1, 1), () -> 0, null);
    assertThat(below[0]).isEqualTo(3);
  }

  /** Requests that never end: the load is the share. */
  @ParameterizedTest
  @MethodSource("seeds")
  void theLoadIsSharedByWeight(int seed) {
    Random random = new Random(seed);
    int[] weights = random.ints(2 + random.nextInt(8), 1, 20).toArray();
    int[] load = new int[weights.length];
    int[] turn = new int[1];
    LeastRequests balancer = new LeastRequests(position -> load[position], random::nextInt);
    Candidates among = Candidates.of(weights);
    int total = 1000 * Arrays.stream(weights).sum();
    for (int i = 0; i < total; i++) {
      load[balancer.choose(among, () -> turn[0]++, null)]++;
    }
    for (int i = 0; i < weights.length; i++) {
      assertThat(load[i] / (1000.0 * weights[i])).as("endpoint %d", i).isBetween(0.98, 1.02);
    }
  }
}
