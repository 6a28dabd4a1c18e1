package sallyport.net.admission;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.PerSourceConfig;
import sallyport.config.listener.RateConfig;
import sallyport.values.Source;
import sallyport.values.TokenBucket;

/** Number and rate of the connections of each source ({@link Source}). */
final class Sources {
  /**
   * One source; immutable.
   *
   * @param open its connections
   * @param full when its bucket is full again
   * @param verdict on the connection that asked last
   */
  private record Count(int open, long full, @Nullable Refusal verdict) {}

  private record Rules(int maxConnections, TokenBucket rate) {}

  private volatile Rules rules;

  /** Connections of the same listener at another process, by source. */
  private volatile Map<Long, Integer> elsewhere = Map.of();

  private final ConcurrentHashMap<Long, Count> sources = new ConcurrentHashMap<>();

  Sources(PerSourceConfig config) {
    rules = rules(config);
  }

  static TokenBucket bucket(RateConfig rate) {
    return new TokenBucket(rate.perSecond(), rate.burst());
  }

  private static Rules rules(PerSourceConfig config) {
    return new Rules(config.maxConnections(), bucket(config.newConnections()));
  }

  /** Uses other limits from now on; keeps all counts. */
  void use(PerSourceConfig config) {
    rules = rules(config);
  }

  /**
   * @return null when one more connection may be opened; it then counts until {@link #leave}
   */
  @Nullable Refusal enter(InetAddress address, long now) {
    Count after =
        sources.compute(
            Source.of(address),
            (key, before) -> decide(key, before == null ? new Count(0, now, null) : before, now));
    return after.verdict();
  }

  private Count decide(Long key, Count before, long at) {
    Rules now = rules;
    if (before.open() + elsewhere.getOrDefault(key, 0) >= now.maxConnections()) {
      return new Count(before.open(), before.full(), Refusal.SOURCE_LIMIT);
    }
    long full = now.rate().take(before.full(), at);
    return full == TokenBucket.EMPTY
        ? new Count(before.open(), before.full(), Refusal.SOURCE_RATE)
        : new Count(before.open() + 1, full, null);
  }

  /** Returns the number of connections of each source that has any, by the first 8 octets. */
  Map<Long, Integer> counts() {
    Map<Long, Integer> counts = new HashMap<>();
    sources.forEach(
        (key, source) -> {
          if (source.open() > 0) {
            counts.put(key, source.open());
          }
        });
    return counts;
  }

  /** Counts these too, in place of the ones before; see {@link #counts}. */
  void countElsewhere(Map<Long, Integer> counts) {
    elsewhere = counts;
  }

  /** Releases the count of an admitted connection, which has closed. */
  void leave(InetAddress address, long now) {
    sources.computeIfPresent(
        Source.of(address),
        (key, source) ->
            forgettable(source.open() - 1, source.full(), now)
                ? null
                : new Count(source.open() - 1, source.full(), null));
  }

  private static boolean forgettable(int open, long full, long now) {
    return open <= 0 && TokenBucket.isFull(full, now);
  }

  /** Forgets the sources of which there is nothing to remember. */
  void sweep(long now) {
    sources
        .keySet()
        .forEach(
            key ->
                sources.computeIfPresent(
                    key,
                    (k, source) -> forgettable(source.open(), source.full(), now) ? null : source));
  }

  /** Returns how many sources are remembered. */
  int size() {
    return sources.size();
  }
}
