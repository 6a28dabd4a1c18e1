package sallyport.observe.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Instant;

/** Meters of one certificate that an ACME authority issues. Any thread. */
public final class AcmeMetrics {
  private final MeterRegistry registry;
  private final Tags tags;
  private volatile double nextSeconds = Double.NaN;

  AcmeMetrics(MeterRegistry registry, String account, String name) {
    this.registry = registry;
    this.tags = Tags.of("account", account, "name", name);
    Gauge.builder("gateway.acme.next", this, metrics -> metrics.nextSeconds)
        .description("When the certificate is to be ordered next, in seconds since 1970")
        .baseUnit("seconds")
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  /** Counts a certificate that was issued and is usable. */
  public void issued(boolean renewed) {
    outcome(renewed ? "renewed" : "issued");
  }

  /**
   * Counts an order that failed.
   *
   * @param problem a bounded word
   */
  public void failed(String problem) {
    outcome("failed");
    Counter.builder("gateway.acme.failures")
        .description("Certificates that were not issued, by what went wrong")
        .tags(tags.and("problem", problem))
        .register(registry)
        .increment();
  }

  private void outcome(String outcome) {
    Counter.builder("gateway.acme.orders")
        .description("Certificates that were to be issued, by what came of it")
        .tags(tags.and("outcome", outcome))
        .register(registry)
        .increment();
  }

  /** Removes the time of the next order: another replica orders. */
  public void follows() {
    nextSeconds = Double.NaN;
  }

  /** Sets the time of the next order. */
  public void next(Instant when) {
    nextSeconds = when.getEpochSecond();
  }
}
