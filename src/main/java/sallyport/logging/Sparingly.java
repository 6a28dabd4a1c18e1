package sallyport.logging;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets a line be written at most every ten seconds: a flood of peers is none of lines. Any thread.
 */
public final class Sparingly {
  private static final long SILENCE = TimeUnit.SECONDS.toNanos(10);

  private final AtomicLong last = new AtomicLong(System.nanoTime() - SILENCE);

  /** Writes the line, or drops it. */
  public void say(Runnable line) {
    long now = System.nanoTime();
    long before = last.get();
    if (now - before >= SILENCE && last.compareAndSet(before, now)) {
      line.run();
    }
  }
}
