package sallyport.proxy.head;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.split.SplitConfig;
import sallyport.values.ClientAddress;

/**
 * Targets of a route: one, or several with their shares. A key of a request belongs to a place on a
 * line, on which each backend has a piece as long as its weight. So a change of the weights of two
 * backends moves only the keys between the old border and the new one. Immutable, any thread.
 */
public final class RouteTargets {
  private final List<RouteTarget> targets;
  private final @Nullable SplitConfig split;

  /** The end of the piece of each target. */
  private final int[] ends;

  private final IntUnaryOperator random;

  private RouteTargets(
      List<RouteTarget> targets, @Nullable SplitConfig split, int[] ends, IntUnaryOperator random) {
    this.targets = targets;
    this.split = split;
    this.ends = ends;
    this.random = random;
  }

  /** Returns the only target of a route. */
  public static RouteTargets one(RouteTarget target) {
    return new RouteTargets(List.of(target), null, new int[0], bound -> 0);
  }

  /**
   * Returns several.
   *
   * @param targets in the order of the weights
   */
  public static RouteTargets of(List<RouteTarget> targets, SplitConfig split) {
    return of(targets, split, bound -> ThreadLocalRandom.current().nextInt(bound));
  }

  static RouteTargets of(List<RouteTarget> targets, SplitConfig split, IntUnaryOperator random) {
    int[] ends = new int[targets.size()];
    int end = 0;
    int i = 0;
    for (int weight : split.weights().values()) {
      end += weight;
      ends[i++] = end;
    }
    return new RouteTargets(List.copyOf(targets), split, ends, random);
  }

  /** Returns all of them, in the order of their names. */
  public List<RouteTarget> all() {
    return targets;
  }

  /**
   * Returns the target of a request.
   *
   * @param received fields as the client sent them
   */
  public RouteTarget choose(HttpHeaders received, ClientAddress from) {
    return split == null ? targets.getFirst() : targets.get(place(split, received, from));
  }

  private int place(SplitConfig split, HttpHeaders received, ClientAddress from) {
    int whole = ends[ends.length - 1];
    String key = key(split, received, from);
    int place =
        key == null || key.isEmpty()
            ? random.applyAsInt(whole)
            : (int) Math.multiplyHigh(hash(key) >>> 1, 2L * whole);
    int i = 0;
    while (place >= ends[i]) {
      i++;
    }
    return i;
  }

  private static @Nullable String key(SplitConfig split, HttpHeaders received, ClientAddress from) {
    String name = split.name();
    return switch (split.key()) {
      case REQUEST -> null;
      case CLIENT -> NetUtil.toAddressString(from.client().getAddress());
      case COOKIE -> name == null ? null : Cookies.value(name, received);
      case HEADER -> name == null ? null : received.get(name);
    };
  }

  /** Returns a hash that is the same in every process: FNV-1a, then MurmurHash3's finalizer. */
  private static long hash(String text) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    hash = (hash ^ (hash >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return hash ^ (hash >>> 33);
  }
}
