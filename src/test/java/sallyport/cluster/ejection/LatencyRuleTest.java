package sallyport.cluster.ejection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.cluster.ejection.LatencyHistogram.Sample;
import sallyport.config.backend.EjectionConfig;

class LatencyRuleTest {
  private static LatencyRule rule(int factor, int differenceMillis) {
    return new LatencyRule(
        new EjectionConfig.Latency(
            factor, Duration.ofMillis(differenceMillis), 100, Duration.ofSeconds(10)));
  }

  private static Sample sample(LatencyHistogram histogram, int requests, double millis) {
    for (int i = 0; i < requests; i++) {
      histogram.add((long) (millis * 1_000_000));
    }
    return histogram.take();
  }

  /** Reads {@code MILLIS MILLIS…}, 100 requests each; {@code COUNT*MILLIS} for another number. */
  private static List<Sample> samples(String text) {
    List<Sample> samples = new ArrayList<>();
    for (String each : text.split(" ", -1)) {
      String[] parts = each.split("\\*", 2);
      samples.add(
          sample(
              new LatencyHistogram(),
              parts.length == 1 ? 100 : Integer.parseInt(parts[0]),
              Double.parseDouble(parts[parts.length - 1])));
    }
    return samples;
  }

  @ParameterizedTest
  @CsvSource({
    // latencies, the index of each that is slow
    "10 10 10, ''",
    "100 10 10, 0",
    "10 100 10, 1",
    // By the factor, with what ranges are wide.
    "29 10 10, ''",
    "40 10 10, 0",
    "280 100 100, ''",
    "400 100 100, 0",
    // By the difference.
    "12 0.1 0.1, ''",
    "18 0.1 0.1, ''",
    "25 0.1 0.1, 0",
    // Of two, it is not known which one is slow.
    "1000 10, ''",
    "1000, ''",
    "1000 10 99*10, ''",
    // Too few requests.
    "99*1000 10 10, ''",
    "99*1000 10 10 10, ''",
    "1000 10 10 99*500, 0",
    // Of three, two are slow: the quick one may be the odd one.
    "1000 1000 10, ''",
    "1000 400 10, ''",
    // Of four, two are.
    "1000 500 10 10, 0 1",
    "1000 500 500 10, ''",
    "1000 500 500 10 10 10, 0 1 2",
    // Machines of two kinds.
    "10 10 20 20, ''"
  })
  void anEndpointIsSlowBesideItsPeers(String latencies, String slow) {
    List<Sample> samples = samples(latencies);
    List<String> found =
        IntStream.range(0, samples.size())
            .filter(index -> rule(3, 20).judge(samples, index) != null)
            .mapToObj(String::valueOf)
            .toList();
    assertThat(String.join(" ", found)).isEqualTo(slow);
  }

  @ParameterizedTest
  @CsvSource({
    // slow requests of 100: at the endpoint, at its two peers; whether the endpoint is slow
    "100, 0, 0, true",
    "50, 0, 0, true",
    "50, 0, 24, true",
    "49, 0, 0, false",
    "50, 0, 25, false",
    "60, 40, 40, false",
    "100, 26, 0, false",
    "100, 24, 24, true"
  })
  void requestsThatAreSlowEverywhereSayNothing(int own, int one, int other, boolean slow) {
    List<Sample> samples = Arrays.asList(mixed(own), mixed(one), mixed(other));
    assertThat(rule(3, 20).judge(samples, 0) != null).isEqualTo(slow);
  }

  private static Sample mixed(int slow) {
    LatencyHistogram histogram = new LatencyHistogram();
    for (int i = 0; i < 100 - slow; i++) {
      histogram.add(5_000_000);
    }
    return sample(histogram, slow, 30_000);
  }

  static IntStream shares() {
    return IntStream.rangeClosed(0, 20).map(twentieths -> 5 * twentieths);
  }

  /** By chance one endpoint has more of them than its peers. */
  @ParameterizedTest
  @MethodSource("shares")
  void aShareOfSlowRequestsThatAllHaveEjectsNone(int percent) {
    Random random = new Random(percent);
    for (int i = 0; i < 2_000; i++) {
      List<Sample> samples = new ArrayList<>();
      for (int endpoint = 0; endpoint < 3; endpoint++) {
        samples.add(
            mixed(
                (int) IntStream.range(0, 100).filter(r -> random.nextInt(100) < percent).count()));
      }
      for (int endpoint = 0; endpoint < 3; endpoint++) {
        assertThat(rule(3, 20).judge(samples, endpoint)).isNull();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 20, 31, true", "1, 20, 25, false", "100, 20, 800, false", "100, 20, 1200, true"})
  void theGreaterBoundCounts(int factor, int difference, int millis, boolean slow) {
    List<Sample> samples = samples(millis + " 8 8");
    assertThat(rule(factor, difference).judge(samples, 0) != null).isEqualTo(slow);
  }
}
