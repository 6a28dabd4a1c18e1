package sallyport.observe.metrics.stream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Meters of the requests to cancel what a database does, of one listener. Any thread. */
public final class CancelMetrics {
  private final Counter passed;
  private final Counter unknown;

  /** Registers the meters. */
  public CancelMetrics(MeterRegistry registry, String listener) {
    this.passed = counter(registry, listener, "passed");
    this.unknown = counter(registry, listener, "unknown");
  }

  private static Counter counter(MeterRegistry registry, String listener, String outcome) {
    return Counter.builder(StreamMetrics.PREFIX + "cancels")
        .description("Requests to cancel what a database does: passed on, or of no known session")
        .tag("listener", listener)
        .tag("outcome", outcome)
        .register(registry);
  }

  /** Counts a request that goes to the server of its session. */
  public void passed() {
    passed.increment();
  }

  /** Counts a request whose key is of no session that the client may cancel. */
  public void unknown() {
    unknown.increment();
  }
}
