package sallyport.cluster.balance;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Endpoints to choose from: their positions in the list of all, and their weights.
 *
 * <p>Immutable, any thread.
 */
public final class Candidates {
  /** The inverse of the golden ratio: multiples of it are spread evenly over a circle. */
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  /** Steps on either side of the golden section that are looked at. */
  private static final long SEARCHED = 16;

  /** Ascending. */
  private final int[] positions;

  /** By index, divided by what they have in common. */
  private final int[] weights;

  /** Each has the points from the end of the one before it to its own. */
  private final long[] ends;

  /** The way from the point of one turn to that of the next; it and all points share no divisor. */
  private final long step;

  private Candidates(int[] positions, int[] weights) {
    long common = 0;
    for (int weight : weights) {
      common = commonDivisor(common, weight);
    }
    this.positions = positions;
    this.weights = new int[weights.length];
    this.ends = new long[weights.length];
    long end = 0;
    for (int i = 0; i < weights.length; i++) {
      this.weights[i] = Math.toIntExact(weights[i] / common);
      end += this.weights[i];
      ends[i] = end;
    }
    this.step = step(end, weights.length);
  }

  /**
   * Returns all endpoints.
   *
   * @param weights by position, 1 or more
   */
  public static Candidates of(int... weights) {
    return new Candidates(IntStream.range(0, weights.length).toArray(), weights.clone());
  }

  /** Returns those whose position is not excluded. */
  public Candidates without(IntPredicate excluded) {
    int[] left =
        IntStream.range(0, size()).filter(index -> !excluded.test(positions[index])).toArray();
    return new Candidates(
        Arrays.stream(left).map(index -> positions[index]).toArray(),
        Arrays.stream(left).map(index -> weights[index]).toArray());
  }

  /**
   * Returns those that have a weight, with that weight.
   *
   * @param weights by index; 0 leaves one out
   */
  Candidates weighing(int... weights) {
    int[] left = IntStream.range(0, size()).filter(index -> weights[index] != 0).toArray();
    return new Candidates(
        Arrays.stream(left).map(index -> positions[index]).toArray(),
        Arrays.stream(left).map(index -> weights[index]).toArray());
  }

  /** Returns how many there are. */
  public int size() {
    return positions.length;
  }

  /** Returns whether there are none. */
  public boolean isEmpty() {
    return positions.length == 0;
  }

  /** Returns the position of one. */
  public int position(int index) {
    return positions[index];
  }

  /** Returns the weight of one, which has a meaning beside the weights of the others alone. */
  public int weight(int index) {
    return weights[index];
  }

  /** Returns the index of the endpoint of this position; negative if it is not among them. */
  int indexOf(int position) {
    return Arrays.binarySearch(positions, position);
  }

  /**
   * Returns the index of the one whose turn it is. Of as many turns in a row as all weights
   * together, each has as many as its weight, and they are spread over them. Equal ones follow each
   * other in their order.
   *
   * @param turn its number, counted on by 1; it may overflow
   */
  public int atTurn(int turn) {
    long point = Math.floorMod(turn * step, ends[ends.length - 1]);
    int found = Arrays.binarySearch(ends, point + 1);
    return found >= 0 ? found : -found - 1;
  }

  /**
   * Returns a number near the golden section of all points that visits each of them before any of
   * them again; 1 where all weights are equal, so that turns follow the order.
   */
  private static long step(long points, int size) {
    if (points <= size) {
      return 1;
    }
    long golden = Math.round((double) points * GOLDEN);
    long best = 1;
    long least = Long.MAX_VALUE;
    for (long apart = 0; apart < SEARCHED; apart++) {
      for (long step : new long[] {golden + apart, golden - apart}) {
        if (step > 0 && step < points && unevenness(points, step) < least) {
          best = step;
          least = unevenness(points, step);
        }
      }
    }
    return best;
  }

  /**
   * Returns the sum of the partial quotients of the continued fraction of a step, which bounds how
   * unevenly its multiples are spread (Niederreiter, Random Number Generation and Quasi-Monte Carlo
   * Methods, 1992, section 3.1); the greatest number for a step that does not visit each point.
   */
  private static long unevenness(long points, long step) {
    long sum = 0;
    long a = points;
    long b = step;
    while (b != 0) {
      sum += a / b;
      long rest = a % b;
      a = b;
      b = rest;
    }
    return a == 1 ? sum : Long.MAX_VALUE;
  }

  private static long commonDivisor(long a, long b) {
    return b == 0 ? a : commonDivisor(b, a % b);
  }
}
