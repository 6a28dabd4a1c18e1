package sallyport.observe.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Meters of connections and refusals of one listener. Any thread. */
public final class DownstreamMetrics {
  private final MeterRegistry registry;
  private final String listener;
  private final Counter connections;
  private final LongAdder active = new LongAdder();
  private final Counter plainBodies;
  private final Map<String, Counter> refusedConnections = new ConcurrentHashMap<>();
  private final Map<String, Counter> http2Errors = new ConcurrentHashMap<>();
  private final Map<String, Counter> refusedRequests = new ConcurrentHashMap<>();
  private final Map<Integer, Counter> redirects = new ConcurrentHashMap<>();

  DownstreamMetrics(MeterRegistry registry, String listener) {
    this.registry = registry;
    this.listener = listener;
    this.connections =
        Counter.builder("gateway.downstream.connections")
            .description("Connections accepted")
            .tag("listener", listener)
            .register(registry);
    Gauge.builder("gateway.downstream.connections.active", active, LongAdder::sum)
        .description("Connections open now")
        .tag("listener", listener)
        .register(registry);
    this.plainBodies =
        Counter.builder("gateway.downstream.plain.bodies")
            .description("Requests that carried a body over plain HTTP; it was thrown away")
            .tag("listener", listener)
            .register(registry);
  }

  /** Counts an accepted connection. */
  public void connectionOpened() {
    connections.increment();
    active.increment();
  }

  /** Counts the end of an accepted connection. */
  public void connectionClosed() {
    active.decrement();
  }

  /** Counts a connection that was closed instead of served. */
  public void connectionRefused(String reason) {
    refusedConnections
        .computeIfAbsent(
            reason,
            r ->
                Counter.builder("gateway.downstream.connections.refused")
                    .description("Connections closed as soon as they were accepted")
                    .tags("listener", listener, "reason", r)
                    .register(registry))
        .increment();
  }

  /** Counts a request that was refused for its content or its client. */
  public void requestRefused(String reason) {
    refusedRequests
        .computeIfAbsent(
            reason,
            r ->
                Counter.builder("gateway.downstream.requests.refused")
                    .description("Requests refused for what they were")
                    .tags("listener", listener, "reason", r)
                    .register(registry))
        .increment();
  }

  /** Counts an HTTP/2 connection that ended because of the client's frames, or its silence. */
  public void http2Aborted(String reason) {
    http2Errors
        .computeIfAbsent(
            reason,
            r ->
                Counter.builder("gateway.downstream.http2.errors")
                    .description("HTTP/2 connections ended for what the client did, by reason")
                    .tags("listener", listener, "reason", r)
                    .register(registry))
        .increment();
  }

  /** Counts a plain request that was redirected to HTTPS, with 301 or 308. */
  public void redirected(int status) {
    redirects
        .computeIfAbsent(
            status,
            s ->
                Counter.builder("gateway.downstream.redirects")
                    .description("Plain requests answered with a redirect to HTTPS")
                    .tags("listener", listener, "status", Integer.toString(s))
                    .register(registry))
        .increment();
  }

  /** Counts a plain request with a body. */
  public void plainBody() {
    plainBodies.increment();
  }
}
