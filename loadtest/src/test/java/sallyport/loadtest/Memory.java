package sallyport.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The gateway's memory and open files over time. Of each third the least counts: for the heap that
 * is what it keeps after a collection, for buffers and files what they hold between bursts. One
 * virtual user writes.
 */
final class Memory {
  private static final double MIB = 1024 * 1024;

  private record Sample(double heap, double buffers, double files) {}

  private final List<Sample> samples = new ArrayList<>();

  /** Notes what the counters say now. */
  synchronized void add(Counters now) {
    samples.add(
        new Sample(
            now.sum("jvm_memory_used_bytes", "area=\"heap\"") / MIB,
            now.sum("gateway_buffers_used_bytes") / MIB,
            now.sum("process_files_open_files")));
  }

  /** Whether the last third is not more above the first than so many MiB, of either, and files. */
  synchronized String grownLessThan(int mib, int files) {
    if (samples.size() < 6) {
      return "only " + samples.size() + " samples";
    }
    String growth =
        "heap grew by %.1f MiB, buffers by %.1f MiB, open files by %.0f"
            .formatted(growth(Sample::heap), growth(Sample::buffers), growth(Sample::files));
    System.out.println("soak: " + growth);
    return growth(Sample::heap) <= mib
            && growth(Sample::buffers) <= mib
            && growth(Sample::files) <= files
        ? Claim.HOLDS
        : growth;
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
