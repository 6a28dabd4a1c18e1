package sallyport.admission;

import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import sallyport.logging.AuditEvent;
import sallyport.logging.AuditLog;
import sallyport.metrics.DownstreamMetrics;

/**
 * Counts every refusal, and writes to the audit log at most once a second for each reason: a flood
 * of connections must not become a flood of lines.
 */
final class RefusalReport {
  private static final long SILENCE = TimeUnit.SECONDS.toNanos(1);

  private static final class Tally {
    /** Refusals that no line has told of. */
    final AtomicLong untold = new AtomicLong();

    final AtomicLong lastLine;

    Tally(long now) {
      lastLine = new AtomicLong(now - SILENCE);
    }
  }

  private final String listener;
  private final DownstreamMetrics metrics;
  private final AuditLog audit;
  private final LongSupplier nanoTime;
  private final Map<Refusal, Tally> tallies = new EnumMap<>(Refusal.class);

  RefusalReport(String listener, DownstreamMetrics metrics, AuditLog audit, LongSupplier nanoTime) {
    this.listener = listener;
    this.metrics = metrics;
    this.audit = audit;
    this.nanoTime = nanoTime;
    for (Refusal refusal : Refusal.values()) {
      tallies.put(refusal, new Tally(nanoTime.getAsLong()));
    }
  }

  void refused(Refusal refusal, InetSocketAddress client) {
    metrics.connectionRefused(refusal.flag());
    Tally tally = Objects.requireNonNull(tallies.get(refusal));
    tally.untold.incrementAndGet();
    long now = nanoTime.getAsLong();
    long last = tally.lastLine.get();
    if (now - last >= SILENCE && tally.lastLine.compareAndSet(last, now)) {
      audit.record(
          new AuditEvent.ConnectionsRefused(
              listener, client, refusal.flag(), tally.untold.getAndSet(0)));
    }
  }
}
