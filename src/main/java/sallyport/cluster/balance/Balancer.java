package sallyport.cluster.balance;

import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Way to choose an endpoint. Any thread. */
public sealed interface Balancer permits RoundRobin, LeastRequests, Maglev {
  /**
   * Chooses one.
   *
   * @param among at least one
   * @param turns counts on with each call
   * @param key of the request; null where it has none, or needs none
   * @return its position
   */
  int choose(Candidates among, IntSupplier turns, @Nullable String key);
}
