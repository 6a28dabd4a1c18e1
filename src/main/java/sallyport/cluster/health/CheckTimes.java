package sallyport.cluster.health;

import java.util.function.DoubleSupplier;
import sallyport.config.health.HealthConfig;

/**
 * Times of the checks of endpoints, with jitter: endpoints that many gateways check, and endpoints
 * of one gateway, are not all checked at the same moment.
 *
 * <p>Any thread, as the source of chance is.
 */
public final class CheckTimes {
  private final long interval;
  private final long timeout;
  private final double jitter;
  private final DoubleSupplier random;

  /**
   * @param random from 0 to below 1
   */
  public CheckTimes(HealthConfig rules, DoubleSupplier random) {
    this.interval = rules.interval().toNanos();
    this.timeout = rules.timeout().toNanos();
    this.jitter = rules.jitter() / 100.0;
    this.random = random;
  }

  /** Returns the time until the first check, in nanoseconds: no more than the jitter. */
  public long first() {
    return extra();
  }

  /**
   * Returns the time from the end of a check to the next, in nanoseconds, 0 or more.
   *
   * @param elapsed since the start of that check
   */
  public long next(long elapsed) {
    return Math.max(0, interval + extra() - elapsed);
  }

  /**
   * Returns what a check that has begun has left, in nanoseconds, 1 or more.
   *
   * @param elapsed since its start
   */
  public long left(long elapsed) {
    return Math.max(1, timeout - elapsed);
  }

  private long extra() {
    return (long) (interval * jitter * random.getAsDouble());
  }
}
