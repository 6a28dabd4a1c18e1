package sallyport.observe.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Meters of the revocation of certificates of one listener's clients, or of one backend. Any
 * thread.
 */
public final class RevocationMetrics {
  /** Number that a gauge shows. The registry refers to it weakly. */
  private record Value(AtomicLong number, Gauge gauge) {}

  private final MeterRegistry registry;
  private final String peer;
  private final String name;
  private final Map<String, Counter> checks = new ConcurrentHashMap<>();

  // These are guarded by this.
  private final Map<String, Value> nextUpdates = new HashMap<>();
  private @Nullable Value ended;

  RevocationMetrics(MeterRegistry registry, String peer, String name) {
    this.registry = registry;
    this.peer = peer;
    this.name = name;
  }

  /** Returns the listener or backend of these peers, for people. */
  public String owner() {
    return (peer.equals("client") ? "listener " : "backend ") + name;
  }

  /**
   * Counts a check against revocation lists or responders.
   *
   * @param source {@code crl} or {@code ocsp}
   * @param outcome {@code good}, {@code revoked}, {@code unknown_passed} or {@code unknown_refused}
   */
  public void checked(String source, String outcome) {
    checks
        .computeIfAbsent(
            source + " " + outcome,
            both ->
                Counter.builder("gateway.tls.revocation.checks")
                    .description("Peers whose certificates were looked for among those revoked")
                    .tags("peer", peer, "name", name, "source", source, "outcome", outcome)
                    .register(registry))
        .increment();
  }

  /**
   * Watches until when lists are current, and others no more.
   *
   * @param lists by issuer, from files of the operator's
   */
  public synchronized void nextUpdates(Map<String, Instant> lists) {
    for (Map.Entry<String, Value> known : Map.copyOf(nextUpdates).entrySet()) {
      if (!lists.containsKey(known.getKey())) {
        registry.remove(known.getValue().gauge());
        nextUpdates.remove(known.getKey());
      }
    }
    lists.forEach(
        (issuer, at) ->
            nextUpdates
                .computeIfAbsent(issuer, this::nextUpdate)
                .number()
                .set(at.getEpochSecond()));
  }

  private Value nextUpdate(String issuer) {
    AtomicLong number = new AtomicLong();
    return new Value(
        number,
        Gauge.builder("gateway.tls.crl.next.update", number, AtomicLong::doubleValue)
            .description("Until when the revocation list is current, in seconds since 1970")
            .baseUnit("seconds")
            .tags("peer", peer, "name", name, "issuer", issuer)
            .register(registry));
  }

  /** Sets the number of lists in use that have ended. */
  public synchronized void ended(long lists) {
    if (ended == null) {
      AtomicLong number = new AtomicLong();
      ended =
          new Value(
              number,
              Gauge.builder("gateway.tls.crls.ended", number, AtomicLong::doubleValue)
                  .description("Revocation lists in use that are not current any more")
                  .tags("peer", peer, "name", name)
                  .register(registry));
    }
    ended.number().set(lists);
  }

  /** Removes the number of ended lists: no lists are in use. */
  public synchronized void noLists() {
    nextUpdates(Map.of());
    if (ended != null) {
      registry.remove(ended.gauge());
      ended = null;
    }
  }
}
