package sallyport.cluster.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MaglevTest {
  private static final int KEYS = 20_000;

  private static List<String> names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "10.0.0." + i + ":9443").toList();
  }

  private static int choose(Maglev maglev, Candidates among, String key) {
    return maglev.choose(among, () -> 0, key);
  }

  private static int[] equal(int count) {
    int[] weights = new int[count];
    Arrays.fill(weights, 1);
    return weights;
  }

  /** What each key chooses. */
  private static int[] choices(Maglev maglev, Candidates among) {
    return IntStream.range(0, KEYS).map(i -> choose(maglev, among, "tenant-" + i)).toArray();
  }

  static IntStream seeds() {
    return IntStream.range(0, 20);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void keysAreSharedByWeight(int seed) {
    Random random = new Random(seed);
    int[] weights = random.ints(2 + random.nextInt(9), 1, 1001).toArray();
    Candidates all = Candidates.of(weights);
    Maglev maglev = new Maglev(all, names(weights.length));
    double[] shares = new double[weights.length];
    for (int position : choices(maglev, all)) {
      shares[position] += 1.0 / KEYS;
    }
    double sum = Arrays.stream(weights).sum();
    for (int i = 0; i < weights.length; i++) {
      // Four standard deviations of a sample of so many keys.
      double share = weights[i] / sum;
      double chance = 4 * Math.sqrt(share * (1 - share) / KEYS);
      assertThat(shares[i]).isBetween(share * 0.98 - chance, share * 1.02 + chance);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void ofAnEndpointThatIsNoCandidateOnlyItsOwnKeysMove(int seed) {
    Random random = new Random(seed);
    int[] weights = random.ints(3 + random.nextInt(9), 1, 1001).toArray();
    Candidates all = Candidates.of(weights);
    Maglev maglev = new Maglev(all, names(weights.length));
    int gone = random.nextInt(weights.length);
    int[] before = choices(maglev, all);
    int[] after = choices(maglev, all.without(position -> position == gone));
    for (int key = 0; key < KEYS; key++) {
      if (before[key] == gone) {
        assertThat(after[key]).isNotEqualTo(gone);
      } else {
        assertThat(after[key]).isEqualTo(before[key]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void withAPartOfItsWeightAnEndpointHasThatPartOfItsKeys(int seed) {
    Random random = new Random(seed);
    int[] weights = random.ints(2 + random.nextInt(9), 1, 1001).toArray();
    Candidates all = Candidates.of(weights);
    Maglev maglev = new Maglev(all, names(weights.length));
    int slow = random.nextInt(weights.length);
    int[] whole = choices(maglev, all);
    int[] fewer = whole;
    for (int tenths = 10; tenths >= 1; tenths--) {
      int[] now = Arrays.stream(weights).map(weight -> 10 * weight).toArray();
      now[slow] = tenths * weights[slow];
      int[] choices = choices(maglev, all.weighing(now));
      int own = 0;
      int kept = 0;
      for (int key = 0; key < KEYS; key++) {
        own += whole[key] == slow ? 1 : 0;
        kept += choices[key] == slow ? 1 : 0;
        if (fewer[key] != slow) {
          assertThat(choices[key]).as("moves no more").isEqualTo(fewer[key]);
        }
      }
      // Four standard deviations.
      double chance = 4 * Math.sqrt(own * 0.1 * tenths * (1 - 0.1 * tenths)) + 1;
      assertThat((double) kept).isBetween(own * 0.1 * tenths - chance, own * 0.1 * tenths + chance);
      fewer = choices;
    }
  }

  /** Its keys would be too many for one neighbour. */
  @Test
  void theKeysOfAMissingEndpointSpreadOverAllOthers() {
    Candidates all = Candidates.of(equal(5));
    Maglev maglev = new Maglev(all, names(5));
    int[] before = choices(maglev, all);
    int[] after = choices(maglev, all.without(position -> position == 2));
    int[] taken = new int[5];
    for (int key = 0; key < KEYS; key++) {
      if (before[key] == 2) {
        taken[after[key]]++;
      }
    }
    for (int position : new int[] {0, 1, 3, 4}) {
      assertThat(taken[position]).isBetween(KEYS / 5 / 4 * 8 / 10, KEYS / 5 / 4 * 12 / 10);
    }
  }

  /** Another table, after a reload. */
  @ParameterizedTest
  @MethodSource("seeds")
  void ofAnEndpointThatLeavesOrComesFewOtherKeysMove(int seed) {
    Random random = new Random(seed);
    int size = 3 + random.nextInt(9);
    int gone = random.nextInt(size);
    List<String> names = names(size);
    List<String> left = new ArrayList<>(names);
    left.remove(gone);
    Candidates all = Candidates.of(equal(size));
    Candidates fewer = Candidates.of(equal(size - 1));
    int[] before = choices(new Maglev(all, names), all);
    int[] after = choices(new Maglev(fewer, left), fewer);
    int moved = 0;
    for (int key = 0; key < KEYS; key++) {
      if (before[key] != gone && !names.get(before[key]).equals(left.get(after[key]))) {
        moved++;
      }
    }
    assertThat(moved).isLessThan(KEYS * 3 / 100);
  }

  /** Gateways and their next versions have to agree. */
  @Test
  void theChoiceIsTheSameInEveryProcess() {
    Candidates all = Candidates.of(1, 1, 2);
    Maglev maglev = new Maglev(all, List.of("a:1", "b:1", "c:1"));
    assertThat(
            List.of(
                choose(maglev, all, "clinic"),
                choose(maglev, all, "lab"),
                choose(maglev, all, "pharmacy"),
                choose(maglev, all, "192.0.2.9"),
                choose(maglev, all, "é")))
        .containsExactly(0, 0, 2, 1, 0);
  }

  @Test
  void theOrderOfTheEndpointsDoesNotMatter() {
    Candidates all = Candidates.of(1, 1);
    Maglev one = new Maglev(all, List.of("a:1", "b:1"));
    Maglev other = new Maglev(all, List.of("b:1", "a:1"));
    long same =
        IntStream.range(0, KEYS)
            .filter(i -> choose(one, all, "k" + i) == 1 - choose(other, all, "k" + i))
            .count();
    assertThat(same).isGreaterThan(KEYS * 97 / 100);
  }

  @Test
  void requestsWithoutAKeyHaveTurnsByWeight() {
    Candidates all = Candidates.of(3, 1);
    Maglev maglev = new Maglev(all, names(2));
    AtomicInteger turn = new AtomicInteger();
    assertThat(
            IntStream.range(0, 8).map(i -> maglev.choose(all, turn::getAndIncrement, null)).sum())
        .isEqualTo(2);
  }

  /** The least weight beside a hundred of the greatest has entries too. */
  @Test
  void aSmallWeightIsFoundWhereItAloneIsLeft() {
    int[] weights = new int[101];
    Arrays.fill(weights, 1000);
    weights[50] = 1;
    Candidates all = Candidates.of(weights);
    Maglev maglev = new Maglev(all, names(101));
    Candidates left = all.without(position -> position != 50 && position != 51);
    assertThat(IntStream.of(choices(maglev, left)).distinct()).contains(51).isSubsetOf(50, 51);
  }
}
