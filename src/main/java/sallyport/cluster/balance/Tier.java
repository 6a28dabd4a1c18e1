package sallyport.cluster.balance;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Endpoints that serve at the same time, such as all backups, and the way to choose among them.
 *
 * <p>Any thread.
 */
public final class Tier {
  /** No endpoint. */
  public static final int NONE = -1;

  private final Candidates members;
  private final Weights weights;
  private final Balancer balancer;
  private final IntSupplier turns = new AtomicInteger()::getAndIncrement;
  private final IntSupplier retryTurns = new AtomicInteger()::getAndIncrement;

  /** The candidates of the latest choice that was not among all. */
  private volatile Present latest;

  /**
   * Creates a tier whose turns begin with the first member.
   *
   * @param members with the configured weights
   */
  public Tier(Candidates members, Weights weights, Balancer balancer) {
    this.members = members;
    this.weights = weights;
    this.balancer = balancer;
    this.latest = new Present(new int[members.size()], Candidates.of());
  }

  /** Returns whether it has no member. */
  public boolean isEmpty() {
    return members.isEmpty();
  }

  /**
   * Chooses the endpoint for the first attempt of a request.
   *
   * @param key of the request; null without one
   * @return its position, or {@link #NONE}
   */
  public int next(@Nullable String key) {
    return chosen(present(), turns, key);
  }

  /**
   * Chooses the endpoint for another attempt of a request. Takes no turn of first attempts:
   * otherwise, of two endpoints, each retry would put the next request on the one that has failed.
   * The turns of retries spread the load of a dead endpoint over all others.
   *
   * @param tried positions of earlier attempts
   * @param key of the request; null without one
   * @return its position, or {@link #NONE} where all that may be chosen are tried
   */
  public int other(IntPredicate tried, @Nullable String key) {
    return chosen(present().without(tried), retryTurns, key);
  }

  /**
   * Chooses an endpoint that need not be one that may be chosen now.
   *
   * @param tried positions of earlier attempts
   * @param key of the request; null without one
   * @return its position, or {@link #NONE} where all are tried
   */
  public int any(IntPredicate tried, @Nullable String key) {
    return chosen(members.without(tried), retryTurns, key);
  }

  private int chosen(Candidates among, IntSupplier turns, @Nullable String key) {
    return switch (among.size()) {
      case 0 -> NONE;
      case 1 -> among.position(0);
      default -> balancer.choose(among, turns, key);
    };
  }

  /** Returns those that may be chosen now: those of the latest choice where nothing has changed. */
  private Candidates present() {
    if (weights.areConfigured()) {
      return members;
    }
    Present present = latest;
    if (!present.isNow(members, weights)) {
      present = Present.of(members, weights);
      latest = present;
    }
    return present.candidates;
  }

  /** Candidates by the weights of a time. */
  private static final class Present {
    /** By index of the members. */
    private final int[] weights;

    private final Candidates candidates;

    private Present(int[] weights, Candidates candidates) {
      this.weights = weights;
      this.candidates = candidates;
    }

    static Present of(Candidates members, Weights weights) {
      int[] now = new int[members.size()];
      Arrays.setAll(now, index -> weights.now(members.position(index)));
      return new Present(now, members.weighing(now));
    }

    boolean isNow(Candidates members, Weights now) {
      for (int i = 0; i < weights.length; i++) {
        if (weights[i] != now.now(members.position(i))) {
          return false;
        }
      }
      return true;
    }
  }
}
