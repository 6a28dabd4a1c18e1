package sallyport.cluster.limit;

import java.util.concurrent.atomic.AtomicInteger;

/** Limited number of permits, which event loops take and give back one by one. Any thread. */
public final class Permits {
  private volatile int limit;
  private final AtomicInteger taken = new AtomicInteger();

  /**
   * @param limit taken at once, 0 or more
   */
  public Permits(int limit) {
    this.limit = limit;
  }

  /** Changes the limit. Permits above it stay taken until they are given back. */
  public void limit(int next) {
    limit = next;
  }

  /**
   * Takes a permit, without ever counting above the limit: another thread would miss a free one.
   *
   * @return false when all are taken; true: {@link #giveBack} must follow, once
   */
  public boolean tryTake() {
    int now = taken.get();
    while (now < limit) {
      if (taken.compareAndSet(now, now + 1)) {
        return true;
      }
      now = taken.get();
    }
    return false;
  }

  /** Gives back what {@link #tryTake} took. */
  public void giveBack() {
    int left = taken.decrementAndGet();
    assert left >= 0 : "given back twice";
  }

  /** Returns the number of permits that are taken now. */
  public int taken() {
    return taken.get();
  }
}
