package sallyport.observe.metrics.exception;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Meters of the exceptions that backends have from their TLS policies. Any thread. */
public final class ExceptionMetrics {
  /** The tag of a handshake that the policy permits too. */
  private static final String NONE = "none";

  /** Owner of a counter. */
  private record Use(String backend, String allowance) {}

  private final MeterRegistry registry;
  private final MultiGauge daysLeft;
  private final Map<Use, Counter> uses = new ConcurrentHashMap<>();

  public ExceptionMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.daysLeft =
        MultiGauge.builder("gateway.upstream.exception.days.left")
            .description("Days until the backend's exception ends; negative when it has")
            .register(registry);
  }

  /**
   * Watches when these exceptions end, and no others any more.
   *
   * @param ends by the names of backends
   */
  public synchronized void watch(Map<String, Instant> ends, Clock clock) {
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    ends.forEach(
        (backend, end) ->
            rows.add(
                MultiGauge.Row.of(
                    Tags.of("backend", backend),
                    () -> Duration.between(clock.instant(), end).toMinutes() / 1440.0)));
    daysLeft.register(rows, true);
    uses.entrySet()
        .removeIf(
            use -> {
              boolean gone = !ends.containsKey(use.getKey().backend());
              if (gone) {
                registry.remove(use.getValue());
              }
              return gone;
            });
  }

  /**
   * Counts a handshake with a backend that has an exception.
   *
   * @param permitted words for what is permitted by the exception and not by the policy
   */
  public void used(String backend, Set<String> permitted) {
    if (permitted.isEmpty()) {
      count(new Use(backend, NONE));
    }
    permitted.forEach(each -> count(new Use(backend, each)));
  }

  private void count(Use use) {
    uses.computeIfAbsent(
            use,
            what ->
                Counter.builder("gateway.upstream.exception.uses")
                    .description("TLS handshakes by what the backend's exception permitted")
                    .tags("backend", what.backend(), "allowance", what.allowance())
                    .register(registry))
        .increment();
  }
}
