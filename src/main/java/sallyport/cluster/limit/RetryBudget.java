package sallyport.cluster.limit;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * Budget of the retries of one backend: a share of its requests of the last seconds, and a least
 * rate, so that small traffic can retry.
 *
 * <p>Each request adds the share, and each second {@link #LEAST_PER_SECOND}. A retry takes 1. What
 * is not used expires over {@link #WINDOW}. In any time, the retries are at most the share of its
 * requests, the least rate, and what was left of the window before.
 *
 * <p>Threads: any; nothing locks.
 */
public final class RetryBudget {
  /** Retries in a second that small traffic may make, in addition to the share. */
  public static final int LEAST_PER_SECOND = 3;

  /** Time over which unused retries expire. */
  public static final Duration WINDOW = Duration.ofSeconds(10);

  /** Retries that the least rate has for a backend without requests before. */
  public static final int LEAST = LEAST_PER_SECOND * (int) WINDOW.toSeconds();

  /** Number of requests after which unused retries are brought up to date, a power of two. */
  private static final int SETTLED = 128;

  /**
   * Retries that are left.
   *
   * @param nanos time of this balance
   * @param requests number of requests until then
   * @param hundredths of retries
   */
  private record Balance(long nanos, long requests, double hundredths) {
    Balance at(long now, long requestsNow, int percent) {
      long elapsed = Math.max(0, now - nanos);
      long added = Math.max(0, requestsNow - requests);
      double windows = (double) elapsed / WINDOW.toNanos();
      double kept = hundredths * Math.max(0, 1 - windows);
      // After a longer time, only the requests of the last window count: as many as on average.
      double shared = percent * added / Math.max(1, windows);
      double least = 100 * LEAST * Math.min(1, windows);
      return new Balance(nanos + elapsed, requests + added, kept + shared + least);
    }

    boolean hasOne() {
      return hundredths >= 100;
    }

    Balance withoutOne() {
      return new Balance(nanos, requests, hundredths - 100);
    }
  }

  private final int percent;
  private final LongSupplier clock;
  private final AtomicLong requests = new AtomicLong();
  private final AtomicReference<Balance> balance;

  /**
   * @param percent retries for 100 requests, 0 to 100
   * @param clock a time in nanoseconds, such as that of {@link System#nanoTime}
   */
  public RetryBudget(int percent, LongSupplier clock) {
    this.percent = percent;
    this.clock = clock;
    this.balance = new AtomicReference<>(new Balance(clock.getAsLong(), 0, 100 * LEAST));
  }

  /** Counts a request: its first attempt. */
  public void requestStarted() {
    if (requests.incrementAndGet() % SETTLED == 0) {
      Balance before = Objects.requireNonNull(balance.get());
      // Where another thread was faster, it has done the same.
      balance.compareAndSet(before, now(before));
    }
  }

  /**
   * Takes one retry.
   *
   * @return false when none is left
   */
  public boolean tryTake() {
    while (true) {
      Balance before = Objects.requireNonNull(balance.get());
      Balance now = now(before);
      boolean left = now.hasOne();
      if (balance.compareAndSet(before, left ? now.withoutOne() : now)) {
        return left;
      }
    }
  }

  private Balance now(Balance before) {
    return before.at(clock.getAsLong(), requests.get(), percent);
  }
}
