package sallyport.cluster.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TierTest {
  /** The present weight of each position, until one changes as configured. */
  private final FakeWeights present = new FakeWeights();

  private static final class FakeWeights implements Weights {
    private int[] now = {};
    private int asked;

    @Override
    public boolean areConfigured() {
      return now.length == 0;
    }

    @Override
    public int now(int position) {
      asked++;
      return now[position];
    }
  }

  private Tier tier(int... weights) {
    return new Tier(Candidates.of(weights), present, new RoundRobin());
  }

  private void weightsAre(int... now) {
    present.now = now;
  }

  private static List<Integer> next(Tier tier, int count) {
    return IntStream.range(0, count).mapToObj(i -> tier.next(null)).toList();
  }

  private static List<Integer> other(Tier tier, int count, int tried) {
    return IntStream.range(0, count)
        .mapToObj(i -> tier.other(position -> position == tried, null))
        .toList();
  }

  @Test
  void retriesHaveTurnsOfTheirOwn() {
    Tier tier = tier(1, 1, 1);
    assertThat(next(tier, 2)).containsExactly(0, 1);
    assertThat(other(tier, 5, 0)).containsExactly(1, 2, 1, 2, 1);
    assertThat(next(tier, 2)).containsExactly(2, 0);
  }

  @Test
  void theLoadOfADeadEndpointIsSharedByWeight() {
    assertThat(other(tier(9, 3, 1), 8, 0)).containsExactly(1, 2, 1, 1, 1, 2, 1, 1);
  }

  @Test
  void whereAllAreTriedThereIsNone() {
    assertThat(tier(1, 1).other(position -> true, null)).isEqualTo(Tier.NONE);
    assertThat(tier().next(null)).isEqualTo(Tier.NONE);
    assertThat(tier().other(position -> false, null)).isEqualTo(Tier.NONE);
    assertThat(tier().isEmpty()).isTrue();
  }

  @Test
  void ofOneThereIsNoChoice() {
    Tier hashed = new Tier(Candidates.of(7), present, new Maglev(Candidates.of(7), List.of("a:1")));
    assertThat(hashed.next("key")).isZero();
    assertThat(hashed.next(null)).isZero();
    assertThat(hashed.other(position -> false, "key")).isZero();
  }

  // ---- present weights

  @Test
  void whatHasNoWeightIsLeftOut() {
    Tier tier = tier(1, 1, 1);
    weightsAre(1, 0, 1);
    assertThat(next(tier, 4)).containsExactly(0, 2, 0, 2);
    assertThat(other(tier, 2, 0)).containsExactly(2, 2);
    assertThat(tier.any(position -> position == 0 || position == 2, null)).isEqualTo(1);
    weightsAre(0, 0, 0);
    assertThat(tier.next(null)).isEqualTo(Tier.NONE);
    assertThat(tier.other(position -> false, null)).isEqualTo(Tier.NONE);
    assertThat(tier.any(position -> false, null)).isBetween(0, 2);
    weightsAre();
    assertThat(Set.copyOf(next(tier, 3))).containsExactlyInAnyOrder(0, 1, 2);
  }

  /** As one grows whose endpoint has come back. */
  @Test
  void presentWeightsHoldFromTheNextChoiceOn() {
    Tier tier = tier(10, 10);
    weightsAre(10, 1);
    assertThat(Collections.frequency(next(tier, 11), 1)).isEqualTo(1);
    weightsAre(10, 5);
    assertThat(Collections.frequency(next(tier, 15), 1)).isEqualTo(5);
    weightsAre();
    assertThat(Collections.frequency(next(tier, 20), 1)).isEqualTo(10);
  }

  @Test
  void aMemberIsNamedByItsPositionAmongAll() {
    Tier backups =
        new Tier(
            Candidates.of(1, 1, 2, 1).without(position -> position < 2), present, new RoundRobin());
    weightsAre(7, 7, 1, 3);
    assertThat(Set.copyOf(next(backups, 4))).containsExactlyInAnyOrder(2, 3);
    assertThat(present.asked).as("of its own members alone").isLessThanOrEqualTo(4 * 2 * 2);
    weightsAre(7, 7, 0, 3);
    assertThat(next(backups, 2)).containsExactly(3, 3);
  }
}
