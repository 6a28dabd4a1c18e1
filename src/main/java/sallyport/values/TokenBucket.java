package sallyport.values;

import java.util.concurrent.TimeUnit;

/**
 * Rule of a token bucket. The whole state of a bucket is one number: the time at which it is full
 * again (the generic cell rate algorithm of ITU-T I.371). Times are {@link System#nanoTime()}.
 * Immutable.
 */
public final class TokenBucket {
  /** What {@link #take} returns when the bucket is empty; no state of a bucket. */
  public static final long EMPTY = Long.MIN_VALUE;

  private final long intervalNanos;
  private final long depthNanos;

  /**
   * @param perSecond tokens that come in a second; 0 for no limit
   * @param burst tokens in a full bucket, 1 or more
   */
  public TokenBucket(int perSecond, int burst) {
    intervalNanos = perSecond == 0 ? 0 : Math.max(1, TimeUnit.SECONDS.toNanos(1) / perSecond);
    depthNanos = intervalNanos * burst;
  }

  /**
   * Takes one token.
   *
   * @param full when the bucket will be full; anything before {@code now} for a full one
   * @return the new state, or {@link #EMPTY}, and then the old one stays
   */
  public long take(long full, long now) {
    long next = next(full, now);
    return next - now > depthNanos ? EMPTY : next;
  }

  /** Returns the time in nanoseconds until an empty bucket has a token. */
  public long untilNext(long full, long now) {
    return Math.max(0, next(full, now) - now - depthNanos);
  }

  private long next(long full, long now) {
    return (isFull(full, now) ? now : full) + intervalNanos;
  }

  /** Returns whether a bucket is full, so that it need not be remembered. */
  public static boolean isFull(long full, long now) {
    return full - now <= 0;
  }
}
