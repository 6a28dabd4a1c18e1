package sallyport.cluster.ejection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.ejection.LatencyHistogram.Sample;
import sallyport.config.backend.EjectionConfig;

/**
 * Rule by which an endpoint is slow beside its peers. A time is too long from {@code factor} times
 * the median of the peers' medians on, and at least {@code difference} above it. The endpoint is
 * slow if half of its requests took too long, while no more than a quarter of those at its peers
 * did.
 *
 * <p>The second half of the rule is for backends of which some requests take long wherever they are
 * sent: there the median of an endpoint is on either side by chance. Ranges of times are read in
 * favour of the endpoint. Immutable. Any thread.
 */
final class LatencyRule {
  /** With one peer, it would not be known which of the two is the slow one. */
  private static final int PEERS = 2;

  /**
   * Endpoint that is slow.
   *
   * @param requests of it that were compared
   * @param median of its times
   * @param peers the median of its peers' medians
   */
  record Slow(long requests, Duration median, Duration peers) {}

  private final EjectionConfig.Latency rules;

  LatencyRule(EjectionConfig.Latency rules) {
    this.rules = rules;
  }

  /**
   * Judges one endpoint.
   *
   * @param samples of all endpoints, at the same time
   * @param index of the endpoint
   * @return null unless it is slow
   */
  @Nullable Slow judge(List<Sample> samples, int index) {
    Sample own = samples.get(index);
    List<Sample> peers = new ArrayList<>(samples);
    peers.remove(index);
    peers.removeIf(peer -> !isEnough(peer));
    if (!isEnough(own) || peers.size() < PEERS) {
      return null;
    }
    long median = median(peers, peer -> peer.half().to());
    long tooLong = Math.max(rules.factor() * median, median + rules.difference().toNanos() / 1000);
    return own.half().from() >= tooLong && median(peers, peer -> peer.quarter().to()) <= tooLong
        ? new Slow(
            own.requests(),
            LatencyHistogram.millis(own.half().from()),
            LatencyHistogram.millis(median))
        : null;
  }

  private boolean isEnough(Sample sample) {
    return sample.requests() >= rules.requests();
  }

  /** Returns the median of the peers; of an even number of them the greater one of the middle. */
  private static long median(List<Sample> peers, ToLongFunction<Sample> time) {
    long[] times = peers.stream().mapToLong(time).sorted().toArray();
    return times[times.length / 2];
  }
}
