package sallyport.observe.metrics.stream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Meters of the TCP streams of one listener to one backend. Any thread. */
public final class StreamMetrics {
  /** The first part of the names of these meters. */
  public static final String PREFIX = "gateway.stream.";

  /** Streams live for up to days. */
  private static final Duration[] BOUNDARIES = {
    Duration.ofMillis(10),
    Duration.ofMillis(100),
    Duration.ofSeconds(1),
    Duration.ofSeconds(10),
    Duration.ofMinutes(1),
    Duration.ofMinutes(10),
    Duration.ofHours(1),
    Duration.ofHours(10)
  };

  private final MeterRegistry registry;
  private final String[] tags;
  private final Timer duration;
  private final Counter received;
  private final Counter sent;
  private final LongAdder active = new LongAdder();
  private final Map<String, Counter> outcomes = new ConcurrentHashMap<>();

  /** Registers the meters. */
  public StreamMetrics(MeterRegistry registry, String listener, String backend) {
    this.registry = registry;
    this.tags = new String[] {"listener", listener, "backend", backend};
    this.duration =
        Timer.builder(PREFIX + "duration")
            .description("From the end of the client's handshake to the end of the stream")
            .tags(tags)
            .serviceLevelObjectives(BOUNDARIES)
            .register(registry);
    this.received = bytes("in");
    this.sent = bytes("out");
    Gauge.builder(PREFIX + "connections.active", active, LongAdder::sum)
        .description("Streams of clients that are open now")
        .tags(tags)
        .register(registry);
  }

  private Counter bytes(String direction) {
    return Counter.builder(PREFIX + "bytes")
        .description("Bytes that were forwarded: in from clients, out to clients")
        .tags(tags)
        .tag("direction", direction)
        .register(registry);
  }

  /** Counts a stream that begins; {@link #ended} follows. */
  public void begun() {
    active.increment();
  }

  /** Counts bytes from the client. */
  public void received(long bytes) {
    received.increment((double) bytes);
  }

  /** Counts bytes to the client. */
  public void sent(long bytes) {
    sent.increment((double) bytes);
  }

  /**
   * Counts the end of a stream.
   *
   * @param outcome how it ended, such as {@code client_closed}
   * @param nanos from its begin
   */
  public void ended(String outcome, long nanos) {
    active.decrement();
    duration.record(nanos, TimeUnit.NANOSECONDS);
    outcomes
        .computeIfAbsent(
            outcome,
            word ->
                Counter.builder(PREFIX + "connections")
                    .description("Streams of clients that have ended, by how they did")
                    .tags(tags)
                    .tag("outcome", word)
                    .register(registry))
        .increment();
  }
}
