package sallyport.connect.pool;

import java.util.concurrent.TimeUnit;

/**
 * Limits of the time that a connection may stay in its pool.
 *
 * @param generation of the pool when it was begun
 * @param validUntilNanos when one of the identities that it was opened with expires, ours or the
 *     backend's, {@link System#nanoTime()}
 * @param idleNanos how long it may be idle
 */
public record Lifetime(int generation, long validUntilNanos, long idleNanos) {
  /** Returns how long it may be idle from now on: not past the end of what it was opened with. */
  long keepNanos() {
    return Math.clamp(validUntilNanos - System.nanoTime(), 0, idleNanos);
  }

  /** Returns how long it may be held at most; a day, or less where an identity expires earlier. */
  long leftNanos() {
    return Math.clamp(validUntilNanos - System.nanoTime(), 0, TimeUnit.DAYS.toNanos(1));
  }

  boolean hasExpired() {
    return System.nanoTime() - validUntilNanos >= 0;
  }
}
