package sallyport.gateway.reload;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.exception.ExceptionConfig;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.exception.ExceptionMetrics;

/**
 * Watch over the ends of the exceptions that backends have from their TLS policies. It warns in the
 * log and the audit log 30, 14 and 7 days before, and once more at the end, from which on
 * connections are refused. Any thread.
 */
final class ExceptionWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ExceptionWatch.class);

  /** How long before the end it is told, the longest first. */
  private static final List<Duration> WARNINGS =
      List.of(Duration.ofDays(30), Duration.ofDays(14), Duration.ofDays(7), Duration.ZERO);

  private final Clock clock;
  private final AuditLog audit;
  private final ExceptionMetrics metrics;
  private Map<String, ExceptionConfig> exceptions = Map.of();

  /** By backend and end, the shortest time that was told. */
  private final Map<String, Duration> told = new HashMap<>();

  ExceptionWatch(Clock clock, AuditLog audit, ExceptionMetrics metrics) {
    this.clock = clock;
    this.audit = audit;
    this.metrics = metrics;
  }

  /** Watches the exceptions of these backends from now on. */
  synchronized void use(Collection<BackendConfig> backends) {
    Map<String, ExceptionConfig> next = new HashMap<>();
    Map<String, Instant> ends = new HashMap<>();
    for (BackendConfig backend : backends) {
      ExceptionConfig exception = backend.exception();
      if (exception != null) {
        next.put(backend.name(), exception);
        ends.put(backend.name(), exception.end());
      }
    }
    exceptions = next;
    metrics.watch(ends, clock);
    look();
  }

  /** Warns of what is due; call it every second or so. */
  synchronized void look() {
    exceptions.forEach(this::look);
  }

  private void look(String backend, ExceptionConfig exception) {
    Instant now = clock.instant();
    Duration reached = reached(Duration.between(now, exception.end()));
    Duration before = told.get(backend + ' ' + exception.expires());
    if (reached == null || (before != null && before.compareTo(reached) <= 0)) {
      return;
    }
    told.put(backend + ' ' + exception.expires(), reached);
    long days = exception.daysLeft(now);
    String allowed = String.join(" ", exception.words());
    LOG.warn(
        "the exception of backend '{}' for {} {} with the day {}, {} days from now; owner: {}",
        backend,
        allowed,
        reached.isZero() ? "ended" : "ends",
        exception.expires(),
        days,
        exception.owner());
    audit.record(
        new AuditEvent.ExceptionEnding(
            backend, allowed, exception.owner(), exception.expires(), reached.isZero(), days));
  }

  /** Returns the shortest warning time that is not shorter than what is left; null for none. */
  private static @Nullable Duration reached(Duration left) {
    Duration reached = null;
    for (Duration warning : WARNINGS) {
      if (left.compareTo(warning) <= 0) {
        reached = warning;
      }
    }
    return reached;
  }
}
