package sallyport.logging;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Rate limit of one kind of line for people: one line every ten seconds, with the number of those
 * that were left out. Any thread; no locks.
 */
public final class LogRateLimit {
  private static final long SILENCE = TimeUnit.SECONDS.toNanos(10);

  private final LongSupplier nanoTime;
  private final AtomicLong last;
  private final AtomicLong leftOut = new AtomicLong();

  /** Permits the first line at once. */
  public LogRateLimit() {
    this(System::nanoTime);
  }

  LogRateLimit(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.last = new AtomicLong(nanoTime.getAsLong() - SILENCE);
  }

  /**
   * Writes the line, or counts it as left out.
   *
   * @param line takes how many were left out since the one before
   */
  public void write(LongConsumer line) {
    long now = nanoTime.getAsLong();
    long before = last.get();
    if (now - before >= SILENCE && last.compareAndSet(before, now)) {
      line.accept(leftOut.getAndSet(0));
    } else {
      leftOut.incrementAndGet();
    }
  }

  /** Returns the end of a line after others were left out: empty for 0. */
  public static String suffix(long leftOut) {
    return leftOut == 0 ? "" : " (and " + leftOut + " more since the last such line)";
  }
}
