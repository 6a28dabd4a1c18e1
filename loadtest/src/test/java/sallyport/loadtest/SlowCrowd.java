package sallyport.loadtest;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Many slow clients at once, on virtual threads, and what became of them. */
final class SlowCrowd {
  private final Map<SlowClient.Kind, AtomicInteger> cut = new EnumMap<>(SlowClient.Kind.class);
  private final AtomicInteger open = new AtomicInteger();
  private final int ofEach;

  private SlowCrowd(int ofEach) {
    this.ofEach = ofEach;
  }

  /** Lets so many of each kind go. */
  static SlowCrowd of(SlowClient client, int ofEach) {
    var crowd = new SlowCrowd(ofEach);
    for (SlowClient.Kind kind : SlowClient.Kind.values()) {
      var cut = new AtomicInteger();
      crowd.cut.put(kind, cut);
      for (int i = 0; i < ofEach; i++) {
        crowd.open.incrementAndGet();
        Thread.startVirtualThread(
            () -> {
              try {
                if (client.isCut(kind)) {
                  cut.incrementAndGet();
                }
              } finally {
                crowd.open.decrementAndGet();
              }
            });
      }
    }
    return crowd;
  }

  /** Whether some still hold their connections. */
  boolean isOpen() {
    return open.get() > 0;
  }

  /** Whether every one was cut; otherwise how many were, of each kind. */
  String allCut() {
    boolean all = cut.values().stream().allMatch(count -> count.get() == ofEach);
    return all ? Claim.HOLDS : "of %d each were cut: %s".formatted(ofEach, cut);
  }
}
