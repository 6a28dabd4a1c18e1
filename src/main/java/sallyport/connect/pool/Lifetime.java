package sallyport.connect.pool;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Limits of the time that a connection may stay in its pool.
 *
 * @param generation of the pool when it was begun
 * @param validUntilNanos when one of the identities that it was opened with expires, ours or the
 *     backend's, {@link System#nanoTime()}
 * @param idleNanos how long it may be idle
 * @param sharedUntilNanos until when it gets exchanges of its pool, {@link System#nanoTime()}
 */
public record Lifetime(
    int generation, long validUntilNanos, long idleNanos, long sharedUntilNanos) {
  /** The part of the greatest age that chance decides, so that connections do not end together. */
  private static final double JITTER = 0.1;

  /**
   * Returns the age at which a connection gets no more exchanges: 90 % to 100 % of the greatest.
   *
   * @param random a number from 0 to below 1
   */
  public static long age(Duration greatest, double random) {
    return (long) (greatest.toNanos() * (1 - JITTER * random));
  }

  /**
   * Returns how long it may be idle in its pool from now on: not past the end of what it was opened
   * with, nor past its age.
   */
  long keepNanos() {
    long now = System.nanoTime();
    return Math.clamp(Math.min(validUntilNanos - now, sharedUntilNanos - now), 0, idleNanos);
  }

  /**
   * Returns how long a client may have it for itself; a day, or less where an identity expires
   * earlier. A login holds for the connection alone, so that its age does not end it.
   */
  long leftNanos() {
    return Math.clamp(validUntilNanos - System.nanoTime(), 0, TimeUnit.DAYS.toNanos(1));
  }

  boolean hasExpired() {
    long now = System.nanoTime();
    return now - validUntilNanos >= 0 || now - sharedUntilNanos >= 0;
  }
}
