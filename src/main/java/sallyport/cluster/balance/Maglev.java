package sallyport.cluster.balance;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Consistent hashing by the table of Maglev (Eisenbud et al., NSDI 2016, section 3.4), with
 * weights: requests of one key have one endpoint, and each endpoint has its share of the keys by
 * its weight. Gateways with the same endpoints choose the same. Requests without a key have turns.
 *
 * <p>An endpoint that is not among the candidates leaves its keys to those behind it in the table,
 * so that no key of another endpoint moves. So does one that has a part of its weight, as in a slow
 * start, with that part of its keys which it does not take: a key that it takes with a part, it
 * takes with each greater one.
 *
 * <p>Immutable, any thread.
 */
public final class Maglev implements Balancer {
  /** A prime, and so large that the shares of a hundred endpoints differ by about 1 %. */
  static final int SIZE = 65_537;

  private static final int FREE = -1;

  /** Seeds of the two hashes of a name. */
  private static final long OFFSET = 0x9E3779B97F4A7C15L;

  private static final long SKIP = 0xC2B2AE3D27D4EB4FL;

  private static final long PART = 0xD6E8FEB86659FD93L;

  /** Number of the parts that keys are divided into. */
  private static final long PARTS = 1000;

  private final RoundRobin withoutKey = new RoundRobin();

  /** With their whole weights. */
  private final Candidates all;

  /** The position of the endpoint for each rest of a hash. */
  private final int[] table;

  /**
   * Fills the table.
   *
   * @param all of which later candidates are a part
   * @param names by position, no two the same
   */
  public Maglev(Candidates all, List<String> names) {
    this.all = all;
    this.table = all.size() < 2 ? new int[0] : table(all, names);
  }

  /**
   * Returns the table. Endpoints take free entries in rounds, each in an order of its own. One of
   * the greatest weight takes an entry in each round, one of half that weight in each second round.
   */
  private static int[] table(Candidates all, List<String> names) {
    int[] table = new int[SIZE];
    Arrays.fill(table, FREE);
    int size = all.size();
    long greatest = 0;
    long[] next = new long[size];
    long[] skip = new long[size];
    for (int i = 0; i < size; i++) {
      String name = names.get(all.position(i));
      greatest = Math.max(greatest, all.weight(i));
      next[i] = Long.remainderUnsigned(hash(name, OFFSET), SIZE);
      skip[i] = Long.remainderUnsigned(hash(name, SKIP), SIZE - 1L) + 1;
    }
    long[] due = new long[size];
    int taken = 0;
    for (long round = 1; ; round++) {
      for (int i = 0; i < size; i++) {
        if (round * all.weight(i) >= due[i]) {
          due[i] += greatest;
          while (table[(int) next[i]] != FREE) {
            next[i] = (next[i] + skip[i]) % SIZE;
          }
          table[(int) next[i]] = all.position(i);
          taken++;
          if (taken == SIZE) {
            return table;
          }
        }
      }
    }
  }

  @Override
  public int choose(Candidates among, IntSupplier turns, @Nullable String key) {
    if (among.size() == 1) {
      return among.position(0);
    }
    if (key == null) {
      return withoutKey.choose(among, turns, null);
    }
    int entry = (int) Long.remainderUnsigned(hash(key, 0), SIZE);
    if (among.equals(all)) {
      return table[entry];
    }
    long part = Long.remainderUnsigned(hash(key, PART), PARTS);
    int fullest = fullest(among);
    while (!takes(among, among.indexOf(table[entry]), fullest, part)) {
      entry = entry + 1 == SIZE ? 0 : entry + 1;
    }
    return table[entry];
  }

  /** Returns the index of one that has the greatest part of its weight. */
  private int fullest(Candidates among) {
    int fullest = 0;
    for (int i = 1; i < among.size(); i++) {
      if (among.weight(i) * whole(among, fullest) > among.weight(fullest) * whole(among, i)) {
        fullest = i;
      }
    }
    return fullest;
  }

  /**
   * Returns whether an endpoint takes a key: the fullest one takes all.
   *
   * @param index negative for one that is no candidate
   * @param part of the key, 0 to below {@link #PARTS}
   */
  private boolean takes(Candidates among, int index, int fullest, long part) {
    return index >= 0
        && part * among.weight(fullest) * whole(among, index)
            < PARTS * among.weight(index) * whole(among, fullest);
  }

  /** Returns the whole weight of a candidate. */
  private long whole(Candidates among, int index) {
    return all.weight(all.indexOf(among.position(index)));
  }

  /**
   * Returns a hash that is the same in every process: FNV-1a, then the finalizer of MurmurHash3.
   */
  private static long hash(String text, long seed) {
    long hash = 0xCBF29CE484222325L ^ seed;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    hash = (hash ^ (hash >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return hash ^ (hash >>> 33);
  }
}
