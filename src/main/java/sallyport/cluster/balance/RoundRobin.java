package sallyport.cluster.balance;

import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns by weight, smoothly: an endpoint of weight 3 beside one of weight 1 has three turns of
 * four, and no four in a row. Stateless but for the turns, any thread.
 */
public final class RoundRobin implements Balancer {
  @Override
  public int choose(Candidates among, IntSupplier turns, @Nullable String key) {
    return among.position(among.atTurn(turns.getAsInt()));
  }
}
