package sallyport.cluster;

import java.util.concurrent.atomic.AtomicInteger;

/** Reasons for which one endpoint is withdrawn. Any thread; no locks. */
final class Withdrawals {
  /** Endpoints of the cluster with at least one reason. */
  private final AtomicInteger withdrawn;

  /** A bit for each reason, by its ordinal. */
  private final AtomicInteger reasons = new AtomicInteger();

  /**
   * @param withdrawn of the cluster, which counts this endpoint while it has a reason
   */
  Withdrawals(AtomicInteger withdrawn) {
    this.withdrawn = withdrawn;
  }

  /** Adds a reason; returns false if it stood already. */
  boolean add(Withdrawal reason) {
    int before = reasons.getAndAccumulate(bit(reason), (all, bit) -> all | bit);
    if (before == 0) {
      withdrawn.incrementAndGet();
    }
    return (before & bit(reason)) == 0;
  }

  /** Removes a reason; returns false if it did not stand. */
  boolean remove(Withdrawal reason) {
    int before = reasons.getAndAccumulate(bit(reason), (all, bit) -> all & ~bit);
    if (before == bit(reason)) {
      withdrawn.decrementAndGet();
    }
    return (before & bit(reason)) != 0;
  }

  boolean contains(Withdrawal reason) {
    return (reasons.get() & bit(reason)) != 0;
  }

  boolean isEmpty() {
    return reasons.get() == 0;
  }

  @SuppressWarnings("EnumOrdinal") // The bits do not outlive the process.
  private static int bit(Withdrawal reason) {
    return 1 << reason.ordinal();
  }
}
