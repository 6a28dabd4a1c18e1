package sallyport.cluster.health;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Slow start of the endpoints of one cluster: one that comes back has a tenth of its weight at
 * first, and all of it after a time, in ten equal steps.
 *
 * <p>Any thread; no locks. While no endpoint is in its slow start, the clock is not read.
 */
public final class SlowStart {
  /** The share of an endpoint that has all of its weight, in steps. */
  public static final int FULL = 10;

  /** Begin of an endpoint that is in no slow start. */
  public static final long NONE = Long.MIN_VALUE;

  private final long nanos;
  private final LongSupplier nanoTime;

  /** The latest begin; {@link #NONE} once it is over. */
  private final AtomicLong latest = new AtomicLong(NONE);

  /**
   * @param time until all of the weight; zero: at once
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  public SlowStart(Duration time, LongSupplier nanoTime) {
    this.nanos = time.toNanos();
    this.nanoTime = nanoTime;
  }

  /** Returns the begin of a slow start now; {@link #NONE} where there is none. */
  public long begin() {
    if (nanos == 0) {
      return NONE;
    }
    long now = nanoTime.getAsLong();
    latest.set(now);
    return now;
  }

  /** Returns whether an endpoint may be in its slow start. */
  public boolean isAny() {
    long begin = latest.get();
    if (begin == NONE) {
      return false;
    }
    if (nanoTime.getAsLong() - begin < nanos) {
      return true;
    }
    // A begin meanwhile stays.
    latest.compareAndSet(begin, NONE);
    return false;
  }

  /**
   * Returns the share of its weight that an endpoint has now, 1 to {@link #FULL}.
   *
   * @param begin as {@link #begin} returned it
   */
  public int share(long begin) {
    if (begin == NONE) {
      return FULL;
    }
    long elapsed = nanoTime.getAsLong() - begin;
    return elapsed >= nanos ? FULL : Math.max(1, (int) (FULL * elapsed / nanos));
  }
}
