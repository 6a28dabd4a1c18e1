package sallyport.cluster.ejection;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import sallyport.cluster.ejection.LatencyHistogram.Sample;
import sallyport.config.backend.EjectionConfig;

/**
 * Comparison of the latencies of the endpoints of one cluster. The first answer after the end of a
 * window of time compares them, and begins the next window.
 *
 * <p>Any thread; no locks.
 */
final class LatencyComparison {
  /** Endpoint that is compared. Any thread. */
  abstract static class Peer {
    /** Returns the latencies since the last call; none where it is out of service. */
    abstract Sample takeLatencies();

    /** Ejects it if it is in service, unless no more may be out. */
    abstract void slow(LatencyRule.Slow slow);
  }

  /** Endpoint that is slow. */
  private record Found(Peer endpoint, LatencyRule.Slow slow) {}

  private final long windowNanos;
  private final LatencyRule rule;

  /** Begin of the window. */
  private final AtomicLong since;

  private volatile List<? extends Peer> peers = List.of();

  /**
   * @param now begin of the first window
   */
  LatencyComparison(EjectionConfig.Latency rules, long now) {
    this.windowNanos = rules.window().toNanos();
    this.rule = new LatencyRule(rules);
    this.since = new AtomicLong(now);
  }

  void compare(List<? extends Peer> endpoints) {
    peers = endpoints;
  }

  /** Compares the endpoints if the window is over. */
  void answered(long now) {
    long begin = since.get();
    long elapsed = now - begin;
    if (elapsed >= windowNanos && since.compareAndSet(begin, now)) {
      List<? extends Peer> compared = peers;
      List<Sample> samples = compared.stream().map(Peer::takeLatencies).toList();
      if (elapsed < 2 * windowNanos) {
        eject(compared, samples);
      }
      // Else requests have paused, and their times may be from long ago.
    }
  }

  /** Ejects those that are slow, the slowest first: no more than some may be out. */
  private void eject(List<? extends Peer> compared, List<Sample> samples) {
    List<Found> found = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      LatencyRule.Slow slow = rule.judge(samples, i);
      if (slow != null) {
        found.add(new Found(compared.get(i), slow));
      }
    }
    found.sort(Comparator.comparing((Found each) -> each.slow().median()).reversed());
    found.forEach(each -> each.endpoint().slow(each.slow()));
  }
}
