package sallyport.net.admission;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.PerSourceConfig;

/**
 * Number and rate of the connections of each source. A source is an IPv4 address, or the first 64
 * bits of an IPv6 address: a host with one address of such a network has all of them.
 */
final class Sources {
  /**
   * One source; immutable.
   *
   * @param open its connections
   * @param full when its bucket is full again
   * @param verdict on the connection that asked last
   */
  private record Source(int open, long full, @Nullable Refusal verdict) {}

  private record Rules(int maxConnections, Rate rate) {}

  private volatile Rules rules;

  /** Connections of the same listener at another process, by source. */
  private volatile Map<Long, Integer> elsewhere = Map.of();

  private final ConcurrentHashMap<Long, Source> sources = new ConcurrentHashMap<>();

  Sources(PerSourceConfig config) {
    rules = rules(config);
  }

  private static Rules rules(PerSourceConfig config) {
    return new Rules(config.maxConnections(), new Rate(config.newConnections()));
  }

  /** Uses other limits from now on; keeps all counts. */
  void use(PerSourceConfig config) {
    rules = rules(config);
  }

  /**
   * @return null when one more connection may be opened; it then counts until {@link #leave}
   */
  @Nullable Refusal enter(InetAddress address, long now) {
    Source after =
        sources.compute(
            key(address),
            (key, before) -> decide(key, before == null ? new Source(0, now, null) : before, now));
    return after.verdict();
  }

  private Source decide(Long key, Source before, long at) {
    Rules now = rules;
    if (before.open() + elsewhere.getOrDefault(key, 0) >= now.maxConnections()) {
      return new Source(before.open(), before.full(), Refusal.SOURCE_LIMIT);
    }
    long full = now.rate().take(before.full(), at);
    return full == Rate.EMPTY
        ? new Source(before.open(), before.full(), Refusal.SOURCE_RATE)
        : new Source(before.open() + 1, full, null);
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
        key(address),
        (key, source) ->
            forgettable(source.open() - 1, source.full(), now)
                ? null
                : new Source(source.open() - 1, source.full(), null));
  }

  private static boolean forgettable(int open, long full, long now) {
    return open <= 0 && Rate.isFull(full, now);
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

  private static Long key(InetAddress address) {
    byte[] bytes = address.getAddress();
    long key = 0;
    for (int i = 0; i < Math.min(bytes.length, 8); i++) {
      key = key << 8 | (bytes[i] & 0xff);
    }
    return key;
  }
}
