package sallyport.observe.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** Meters of the signatures with one private key. Any thread. */
public final class SignatureMetrics {
  private final MeterRegistry registry;
  private final String[] tags;
  private final Counter signed;
  private final Timer duration;

  SignatureMetrics(MeterRegistry registry, String use, String key) {
    this.registry = registry;
    this.tags = new String[] {"use", use, "key", key};
    this.signed =
        Counter.builder("gateway.keys.signatures")
            .description("Signatures made with the key; one for each full handshake")
            .tags(tags)
            .register(registry);
    this.duration =
        Buckets.timer(
            registry, "gateway.keys.signature", "A signature by a key that stays in a token", tags);
  }

  /** Counts a signature by the TLS engine. */
  public void signed() {
    signed.increment();
  }

  /** Counts a signature by a token. */
  public void signed(long nanos) {
    signed.increment();
    duration.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts a signature that failed. */
  public void refused(String reason) {
    Counter.builder("gateway.keys.signatures.refused")
        .description("Signatures that were asked for and not made, by reason")
        .tags(tags)
        .tag("reason", reason)
        .register(registry)
        .increment();
  }
}
