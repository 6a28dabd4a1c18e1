package sallyport.cluster;

import java.util.concurrent.atomic.AtomicInteger;

/** Reasons for which one endpoint is withdrawn. Any thread; no locks. */
final class Withdrawals {
  /** The bit of an endpoint that has left its cluster, for which nothing is counted any more. */
  private static final int LEFT = 1 << 31;

  /** Endpoints of the cluster with at least one reason. */
  private final AtomicInteger withdrawn;

  /** The bits of the reasons. */
  private final AtomicInteger reasons = new AtomicInteger();

  /**
   * @param withdrawn of the cluster, which counts this endpoint while it has a reason
   */
  Withdrawals(AtomicInteger withdrawn) {
    this.withdrawn = withdrawn;
  }

  /** Adds a reason; returns false if it stood already. */
  boolean add(Withdrawal reason) {
    int before = reasons.getAndAccumulate(reason.bit, (all, bit) -> all | bit);
    if (before == 0) {
      withdrawn.incrementAndGet();
    }
    return (before & reason.bit) == 0;
  }

  /** Removes a reason; returns false if it did not stand. */
  boolean remove(Withdrawal reason) {
    int before = reasons.getAndAccumulate(reason.bit, (all, bit) -> all & ~bit);
    if (before == reason.bit) {
      withdrawn.decrementAndGet();
    }
    return (before & reason.bit) != 0;
  }

  /** Ends the count of this endpoint: it has left its cluster. */
  void leave() {
    int before = reasons.getAndSet(LEFT);
    if (before != 0 && (before & LEFT) == 0) {
      withdrawn.decrementAndGet();
    }
  }

  /** Returns whether the endpoint has left its cluster. */
  boolean hasLeft() {
    return (reasons.get() & LEFT) != 0;
  }

  boolean contains(Withdrawal reason) {
    return (reasons.get() & reason.bit) != 0;
  }

  boolean isEmpty() {
    return reasons.get() == 0;
  }
}
