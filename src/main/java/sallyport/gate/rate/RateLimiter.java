package sallyport.gate.rate;

import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import sallyport.config.listener.RateConfig;
import sallyport.values.TokenBucket;

/**
 * Rate of requests: a token bucket for each key. Of each bucket exactly as many tokens are taken as
 * it has. Up to a number of buckets are remembered; further keys share one until others are full
 * again, and are forgotten. Any thread; a bucket that is known is used without a lock.
 */
public final class RateLimiter {
  /** Some 20 MB with keys of the longest kind. */
  static final int MAX_BUCKETS = 1 << 16;

  /** Buckets that are looked at for each new one, so that those that are full are forgotten. */
  private static final int SWEPT = 8;

  /** State of a bucket that is forgotten. */
  private static final long FORGOTTEN = TokenBucket.EMPTY;

  private final TokenBucket rule;
  private final int most;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<Object, AtomicLong> buckets = new ConcurrentHashMap<>();
  private final AtomicLong shared;

  /** Guards the iterator. */
  private final AtomicBoolean sweeping = new AtomicBoolean();

  private Iterator<Map.Entry<Object, AtomicLong>> swept = Collections.emptyIterator();

  RateLimiter(RateConfig config, int most, LongSupplier nanoTime) {
    this.rule = new TokenBucket(config.perSecond(), config.burst());
    this.most = most;
    this.nanoTime = nanoTime;
    this.shared = new AtomicLong(nanoTime.getAsLong());
  }

  /**
   * Takes a token.
   *
   * @param key with {@code equals} and {@code hashCode}
   * @return 0 if there was one; else the time in nanoseconds until there is one
   */
  public long take(Object key) {
    long now = nanoTime.getAsLong();
    while (true) {
      AtomicLong bucket = bucket(key, now);
      long full = bucket.get();
      if (full == FORGOTTEN) {
        buckets.remove(key, bucket);
        continue;
      }
      long next = rule.take(full, now);
      if (next == TokenBucket.EMPTY) {
        return Math.max(1, rule.untilNext(full, now));
      }
      if (bucket.compareAndSet(full, next)) {
        return 0;
      }
    }
  }

  private AtomicLong bucket(Object key, long now) {
    AtomicLong known = buckets.get(key);
    if (known != null) {
      return known;
    }
    sweep(now);
    return buckets.mappingCount() >= most
        ? shared
        : buckets.computeIfAbsent(key, each -> new AtomicLong(now));
  }

  /** Forgets some of the buckets that are full, where no other thread does so now. */
  private void sweep(long now) {
    if (!sweeping.compareAndSet(false, true)) {
      return;
    }
    if (!swept.hasNext()) {
      swept = buckets.entrySet().iterator();
    }
    for (int i = 0; i < SWEPT && swept.hasNext(); i++) {
      Map.Entry<Object, AtomicLong> entry = swept.next();
      AtomicLong bucket = entry.getValue();
      long full = bucket.get();
      if (full != FORGOTTEN
          && TokenBucket.isFull(full, now)
          && bucket.compareAndSet(full, FORGOTTEN)) {
        buckets.remove(entry.getKey(), bucket);
      }
    }
    sweeping.set(false);
  }

  /** Returns how many buckets are remembered. */
  int size() {
    return buckets.size();
  }
}
