package sallyport.observe.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** Meters of the OCSP answers for one server certificate. Any thread. */
public final class StaplingMetrics {
  static final String PREFIX = "gateway.tls.stapling.";

  private final MeterRegistry registry;
  private final String name;
  private final AtomicLong nextUpdate = new AtomicLong();

  StaplingMetrics(MeterRegistry registry, String name) {
    this.registry = registry;
    this.name = name;
    Gauge.builder(PREFIX + "next.update", nextUpdate, AtomicLong::doubleValue)
        .description(
            "Until when the answer may be stapled, in seconds since 1970; 0: there is none")
        .baseUnit("seconds")
        .tag("name", name)
        .register(registry);
  }

  /**
   * Counts a question to a responder.
   *
   * @param outcome {@code good}, {@code revoked}, {@code unknown}, {@code unreachable}, {@code
   *     refused} or {@code not_believed}, in any case
   */
  public void asked(String outcome) {
    Counter.builder(PREFIX + "answers")
        .description("How often responders were asked for something to staple, by what came of it")
        .tags("name", name, "outcome", outcome.toLowerCase(Locale.ROOT))
        .register(registry)
        .increment();
  }

  /** Sets the end of the answer to staple; the epoch for no answer. */
  public void current(Instant until) {
    nextUpdate.set(until.getEpochSecond());
  }
}
