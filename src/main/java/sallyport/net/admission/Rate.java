package sallyport.net.admission;

import sallyport.config.listener.RateConfig;

/**
 * Token bucket whose whole state is one number: the time at which the bucket is full again (the
 * generic cell rate algorithm of ITU-T I.371). Times are {@link System#nanoTime()}.
 */
final class Rate {
  /** What {@link #take} returns when the bucket is empty. */
  static final long EMPTY = Long.MIN_VALUE;

  private final long intervalNanos;
  private final long depthNanos;

  Rate(RateConfig config) {
    intervalNanos = config.unlimited() ? 0 : Math.max(1, 1_000_000_000L / config.perSecond());
    depthNanos = intervalNanos * config.burst();
  }

  /**
   * Takes one token.
   *
   * @param full when the bucket will be full; anything before {@code now} for a full one
   * @return the new state, or {@link #EMPTY}, and then the old one stays
   */
  long take(long full, long now) {
    long next = (isFull(full, now) ? now : full) + intervalNanos;
    return next - now > depthNanos ? EMPTY : next;
  }

  static boolean isFull(long full, long now) {
    return full - now <= 0;
  }
}
