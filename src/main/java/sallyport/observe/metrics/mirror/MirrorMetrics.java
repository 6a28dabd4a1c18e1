package sallyport.observe.metrics.mirror;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Meters of the copies of one route's requests. Any thread. */
public final class MirrorMetrics {
  private final Counter answered;
  private final Counter failed;
  private final Counter dropped;

  /** Creates the meters, or finds those of the same route and backend. */
  public MirrorMetrics(MeterRegistry registry, String route, String backend) {
    answered = counter(registry, route, backend, "answered");
    failed = counter(registry, route, backend, "failed");
    dropped = counter(registry, route, backend, "dropped");
  }

  private static Counter counter(
      MeterRegistry registry, String route, String backend, String outcome) {
    return Counter.builder("gateway.upstream.mirrored")
        .description("Copies of requests, by what became of them")
        .tags("route", route, "backend", backend, "outcome", outcome)
        .register(registry);
  }

  /** Counts a copy whose response had a head. */
  public void answered() {
    answered.increment();
  }

  /** Counts a copy that had no response. */
  public void failed() {
    failed.increment();
  }

  /** Counts a copy that was not sent: it would have had to wait. */
  public void dropped() {
    dropped.increment();
  }
}
