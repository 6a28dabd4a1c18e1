package sallyport.observe.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Meters of the exchanges of one route. Any thread. */
public final class RouteMetrics {
  private final MeterRegistry registry;
  private final String[] tags;

  /** By the first digit of the status; 0 for none. */
  private final Counter[] requests = new Counter[6];

  private final Timer duration;
  private final Counter requestBytes;
  private final Counter responseBytes;
  private final LongAdder active = new LongAdder();
  private final Map<String, Counter> failures = new ConcurrentHashMap<>();

  RouteMetrics(MeterRegistry registry, String route, String backend) {
    this.registry = registry;
    this.tags = new String[] {"route", route, "backend", backend};
    for (int digit = 0; digit < requests.length; digit++) {
      requests[digit] =
          Counter.builder("gateway.downstream.requests")
              .description("Requests that were answered, by the class of the status")
              .tags(tags)
              .tag("status", digit == 0 ? "none" : digit + "xx")
              .register(registry);
    }
    duration =
        Buckets.timer(
            registry,
            "gateway.downstream.request",
            "From the head of the request to the end of the response",
            tags);
    requestBytes =
        Counter.builder("gateway.downstream.request.bytes")
            .description("Body bytes received from clients")
            .tags(tags)
            .register(registry);
    responseBytes =
        Counter.builder("gateway.downstream.response.bytes")
            .description("Body bytes sent to clients")
            .tags(tags)
            .register(registry);
    Gauge.builder("gateway.downstream.exchanges.active", active, LongAdder::sum)
        .description("Exchanges under way now")
        .tags(tags)
        .register(registry);
  }

  /** Counts an exchange that began; {@link #exchange} follows. */
  public void exchangeStarted() {
    active.increment();
  }

  /**
   * Counts the end of an exchange.
   *
   * @param status of the answer; 0 when there was none
   * @param durationNanos from the head of the request to the end of the response
   * @param failure the failure's flag; null when all went well
   */
  public void exchange(
      int status, long durationNanos, long received, long sent, @Nullable String failure) {
    active.decrement();
    requests[status >= 100 && status < 600 ? status / 100 : 0].increment();
    duration.record(durationNanos, TimeUnit.NANOSECONDS);
    if (received > 0) {
      requestBytes.increment((double) received);
    }
    if (sent > 0) {
      responseBytes.increment((double) sent);
    }
    if (failure != null) {
      failures.computeIfAbsent(failure, this::failureCounter).increment();
    }
  }

  private Counter failureCounter(String failure) {
    return Counter.builder("gateway.downstream.exchange.failures")
        .description("Exchanges that did not go as they should, by reason")
        .tags(tags)
        .tag("failure", failure)
        .register(registry);
  }
}
