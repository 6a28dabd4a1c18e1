package sallyport.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Whether the certificates of one listener's clients, or of one backend, were revoked. */
public final class RevocationMetrics {
  private final MeterRegistry registry;
  private final String peer;
  private final String name;
  private final Map<String, Counter> checks = new ConcurrentHashMap<>();
  private final Map<String, AtomicLong> nextUpdates = new ConcurrentHashMap<>();
  private @Nullable AtomicLong ended; // guarded by this

  RevocationMetrics(MeterRegistry registry, String peer, String name) {
    this.registry = registry;
    this.peer = peer;
    this.name = name;
  }

  /** Whose peers these are, for people. */
  public String owner() {
    return (peer.equals("client") ? "listener " : "backend ") + name;
  }

  /**
   * Revocation lists were looked at, or responders asked.
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
   * Watches until when the list of an issuer is current; the same issuer again replaces the date.
   *
   * @param issuer from a file of the operator's
   */
  public void nextUpdate(String issuer, Instant at) {
    nextUpdates
        .computeIfAbsent(
            issuer,
            i -> {
              AtomicLong value = new AtomicLong();
              Gauge.builder("gateway.tls.crl.next.update", value, AtomicLong::doubleValue)
                  .description("Until when the revocation list is current, in seconds since 1970")
                  .baseUnit("seconds")
                  .tags("peer", peer, "name", name, "issuer", i)
                  .register(registry);
              return value;
            })
        .set(at.getEpochSecond());
  }

  /** So many of the lists in use are not current any more. */
  public synchronized void ended(long lists) {
    if (ended == null) {
      ended = new AtomicLong();
      Gauge.builder("gateway.tls.crls.ended", ended, AtomicLong::doubleValue)
          .description("Revocation lists in use that are not current any more")
          .tags("peer", peer, "name", name)
          .register(registry);
    }
    ended.set(lists);
  }
}
