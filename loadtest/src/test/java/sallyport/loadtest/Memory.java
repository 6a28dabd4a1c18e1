package sallyport.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The gateway's memory over time. Of each third the least counts: for the heap that is what it
 * keeps after a collection, for buffers what they hold between bursts. One virtual user writes.
 */
final class Memory {
  private static final double MIB = 1024 * 1024;

  private record Sample(double heap, double buffers) {}

  private final List<Sample> samples = new ArrayList<>();

  /** Notes what the counters say now. */
  synchronized void add(Counters now) {
    samples.add(
        new Sample(
            now.sum("jvm_memory_used_bytes", "area=\"heap\"") / MIB,
            now.sum("gateway_buffers_used_bytes") / MIB));
  }

  /** Whether the last third is not more than so many MiB above the first, in either. */
  synchronized String grownLessThan(int mib) {
    if (samples.size() < 6) {
      return "only " + samples.size() + " samples";
    }
    return growth(Sample::heap) <= mib && growth(Sample::buffers) <= mib
        ? Claim.HOLDS
        : "heap grew by %.1f MiB, buffers by %.1f MiB"
            .formatted(growth(Sample::heap), growth(Sample::buffers));
  }

  private double growth(ToDoubleFunction<Sample> of) {
    int third = samples.size() / 3;
    return least(samples.subList(samples.size() - third, samples.size()), of)
        - least(samples.subList(0, third), of);
  }

  private static double least(List<Sample> part, ToDoubleFunction<Sample> of) {
    return part.stream().mapToDouble(of).min().orElseThrow();
  }
}
