package sallyport.observe.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Meters of the handshakes of one listener. Any thread. */
public final class TlsMetrics {
  private record Negotiated(String version, String cipher, String group, boolean resumed) {}

  private final MeterRegistry registry;
  private final String listener;
  private final Timer full;
  private final Timer resumption;
  private final Counter deferredFull;
  private final Counter deferredResumption;
  private final Counter cut;
  private final Counter expired;
  private final Map<Negotiated, Counter> handshakes = new ConcurrentHashMap<>();
  private final Map<String, Counter> failures = new ConcurrentHashMap<>();
  private volatile int ticketKeys;
  private volatile @Nullable Instant ticketKeySince;

  TlsMetrics(MeterRegistry registry, String listener) {
    this.registry = registry;
    this.listener = listener;
    this.full = timer("false");
    this.resumption = timer("true");
    this.deferredFull = deferred("false");
    this.deferredResumption = deferred("true");
    Gauge.builder("gateway.tls.ticket.keys", () -> ticketKeys)
        .description("Keys whose session tickets are taken; 0: no tickets")
        .tags("listener", listener)
        .register(registry);
    Gauge.builder("gateway.tls.ticket.key.age", this::ticketKeyAge)
        .description("How long the key has sealed that seals session tickets now")
        .baseUnit("seconds")
        .tags("listener", listener)
        .register(registry);
    this.expired =
        Counter.builder("gateway.tls.clients.expired")
            .description("Connections that ended because their client's certificate expired")
            .tags("listener", listener)
            .register(registry);
    this.cut =
        Counter.builder("gateway.tls.clients.cut")
            .description("Connections that were cut because their client had been denied")
            .tag("listener", listener)
            .register(registry);
  }

  private Timer timer(String resumed) {
    return Buckets.timer(
        registry,
        "gateway.tls.handshake",
        "From the ClientHello to the end of the handshake",
        "listener",
        listener,
        "resumed",
        resumed);
  }

  private double ticketKeyAge() {
    Instant since = ticketKeySince;
    return since == null ? Double.NaN : Duration.between(since, Instant.now()).toMillis() / 1000.0;
  }

  /**
   * Sets the session ticket keys in use.
   *
   * @param count those whose tickets are taken
   * @param since when the one began that seals; null when none does
   */
  public void ticketKeys(int count, @Nullable Instant since) {
    ticketKeys = count;
    ticketKeySince = since;
  }

  private Counter deferred(String resumption) {
    return Counter.builder("gateway.tls.handshakes.deferred")
        .description("Handshakes that had to wait for a turn of their event loop")
        .tags("listener", listener, "resumption", resumption)
        .register(registry);
  }

  /** Counts a handshake that waits for others. */
  public void handshakeDeferred(boolean resumption) {
    (resumption ? deferredResumption : deferredFull).increment();
  }

  /**
   * Counts a completed and approved handshake.
   *
   * @param group empty when there was no key exchange
   */
  public void handshake(String version, String cipher, String group, boolean resumed, long nanos) {
    handshakes
        .computeIfAbsent(new Negotiated(version, cipher, group, resumed), this::counter)
        .increment();
    (resumed ? resumption : full).record(nanos, TimeUnit.NANOSECONDS);
  }

  private Counter counter(Negotiated what) {
    return Counter.builder("gateway.tls.handshakes")
        .description("Completed handshakes, by what was negotiated")
        .tags(
            "listener",
            listener,
            "version",
            what.version(),
            "cipher",
            what.cipher(),
            "group",
            what.group().isEmpty() ? "none" : what.group(),
            "resumed",
            Boolean.toString(what.resumed()))
        .register(registry);
  }

  /** Counts a connection that was cut because its client had been denied. */
  public void clientCut() {
    cut.increment();
  }

  /** Counts a connection that ends because its client's certificate has expired. */
  public void clientExpired() {
    expired.increment();
  }

  /** Counts a handshake that failed or was refused. */
  public void handshakeFailed(String reason) {
    failures
        .computeIfAbsent(
            reason,
            r ->
                Counter.builder("gateway.tls.handshake.failures")
                    .description("Handshakes that failed or were refused, by reason")
                    .tags("listener", listener, "reason", r)
                    .register(registry))
        .increment();
  }
}
