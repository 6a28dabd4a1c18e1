package sallyport.observe.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Meters of the configuration in use, and of reloads. Any thread. */
public final class ReloadMetrics {
  private final MeterRegistry registry;
  private final MultiGauge info;
  private final AtomicLong since = new AtomicLong();

  ReloadMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.info =
        MultiGauge.builder("gateway.config.info")
            .description("The configuration in use, by its SHA-256")
            .register(registry);
    Gauge.builder("gateway.config.loaded", since, AtomicLong::get)
        .description("When the configuration in use was taken up, in seconds since 1970")
        .baseUnit("seconds")
        .register(registry);
  }

  /** Sets the configuration in use. */
  public void inUse(String sha256, Instant now) {
    since.set(now.getEpochSecond());
    info.register(List.of(MultiGauge.Row.of(Tags.of("sha256", sha256), 1)), true);
  }

  /**
   * Counts a reload.
   *
   * @param outcome {@code applied}, {@code unchanged} or {@code refused}
   */
  public void reloaded(String outcome) {
    Counter.builder("gateway.config.reloads")
        .description("How often the configuration was read again, by what came of it")
        .tag("outcome", outcome)
        .register(registry)
        .increment();
  }
}
