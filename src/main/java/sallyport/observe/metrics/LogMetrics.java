package sallyport.observe.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Meters of the writing of one log.
 *
 * @param lost lines that were lost since the process started
 * @param waiting lines that wait to be written
 * @param capacity lines that may wait
 * @param writable whether lines can be written now
 */
public record LogMetrics(
    LongSupplier lost, LongSupplier waiting, long capacity, BooleanSupplier writable) {

  /** Registers the meters. They refer to their source weakly: the caller must keep this object. */
  void register(MeterRegistry registry, String log) {
    FunctionCounter.builder("gateway.log.lines.lost", this, m -> m.lost.getAsLong())
        .description("Lines that could not be written and are lost")
        .tag("log", log)
        .register(registry);
    Gauge.builder("gateway.log.lines.waiting", this, m -> m.waiting.getAsLong())
        .description("Lines that wait to be written")
        .tag("log", log)
        .register(registry);
    Gauge.builder("gateway.log.lines.waiting.limit", this, m -> m.capacity)
        .description("Lines that may wait; further ones are lost")
        .tag("log", log)
        .register(registry);
    Gauge.builder("gateway.log.writable", this, m -> m.writable.getAsBoolean() ? 1 : 0)
        .description("Whether lines can be written now: 1 or 0")
        .tag("log", log)
        .register(registry);
  }
}
