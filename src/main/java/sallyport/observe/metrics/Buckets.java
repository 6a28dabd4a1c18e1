package sallyport.observe.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/** Bucket boundaries of all durations, so that they can be compared and added. */
final class Buckets {
  private static final Duration[] BOUNDARIES = {
    Duration.ofNanos(500_000),
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofSeconds(60)
  };

  private Buckets() {}

  /** Returns a timer that is a histogram in Prometheus. */
  static Timer timer(MeterRegistry registry, String name, String description, String... tags) {
    return timer(registry, name, description, Tags.of(tags));
  }

  /** Returns a timer that is a histogram in Prometheus. */
  static Timer timer(MeterRegistry registry, String name, String description, Tags tags) {
    return Timer.builder(name)
        .description(description)
        .tags(tags)
        .serviceLevelObjectives(BOUNDARIES)
        .register(registry);
  }
}
