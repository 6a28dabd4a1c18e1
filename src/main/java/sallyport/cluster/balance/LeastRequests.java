package sallyport.cluster.balance;

import java.util.function.IntSupplier;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The less busy one of two: of the endpoint whose turn it is and of another one by chance. Two
 * choices keep the busiest endpoint near the others (Mitzenmacher, The Power of Two Choices in
 * Randomized Load Balancing, 2001), and gateways that do not know of each other's requests do not
 * all choose the same endpoint. Where both are equally busy, turns by weight decide.
 *
 * <p>Any thread.
 */
public final class LeastRequests implements Balancer {
  private final IntUnaryOperator requests;
  private final IntUnaryOperator random;

  /**
   * Creates the way to choose.
   *
   * @param requests in progress, by position
   * @param random a number from 0 to below its argument
   */
  public LeastRequests(IntUnaryOperator requests, IntUnaryOperator random) {
    this.requests = requests;
    this.random = random;
  }

  @Override
  public int choose(Candidates among, IntSupplier turns, @Nullable String key) {
    int first = among.atTurn(turns.getAsInt());
    if (among.size() == 1) {
      return among.position(first);
    }
    int other = random.applyAsInt(among.size() - 1);
    int second = other < first ? other : other + 1;
    return among.position(isBusier(among, first, second) ? second : first);
  }

  /** Returns whether one has more requests for its weight than another. */
  private boolean isBusier(Candidates among, int one, int other) {
    return requests(among, one) * among.weight(other) > requests(among, other) * among.weight(one);
  }

  private long requests(Candidates among, int index) {
    return requests.applyAsInt(among.position(index));
  }
}
