package sallyport.cluster.ejection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.cluster.ejection.LatencyHistogram.Range;
import sallyport.cluster.ejection.LatencyHistogram.Sample;

class LatencyHistogramTest {
  private final LatencyHistogram histogram = new LatencyHistogram();

  private void add(int count, long micros) {
    for (int i = 0; i < count; i++) {
      histogram.add(micros * 1000 + 999);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // microseconds, the range that has them
    "0, 0, 1",
    "7, 7, 8",
    "8, 8, 9",
    "15, 15, 16",
    "16, 16, 18",
    "1000, 960, 1024",
    "4294967295, 4026531840, 4294967296",
    // Longer than an hour, and a clock that goes back.
    "99999999999, 4026531840, 4294967296",
    "-5, 0, 1"
  })
  void aTimeIsInItsRange(long micros, long from, long to) {
    add(1, micros);
    assertThat(histogram.take()).isEqualTo(new Sample(1, new Range(from, to), new Range(from, to)));
  }

  static IntStream seeds() {
    return IntStream.range(0, 50);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aRangeIsAtMostAnEighthWide(int seed) {
    long micros = new Random(seed).nextLong(8, 1L << 32);
    add(1, micros);
    Range range = histogram.take().half();
    assertThat(micros).isBetween(range.from(), range.to() - 1);
    assertThat(8 * (range.to() - range.from())).isLessThanOrEqualTo(range.from());
  }

  @ParameterizedTest
  @CsvSource({
    // requests of 1, 3 and 6 microseconds, what half took or longer, what a quarter did
    "4, 0, 0, 1, 1",
    "3, 1, 0, 1, 3",
    "2, 2, 0, 3, 3",
    "2, 1, 1, 3, 6",
    "1, 0, 3, 6, 6",
    "10, 3, 0, 1, 1",
    "9, 3, 0, 1, 3",
    "0, 1, 0, 3, 3"
  })
  void sharesAreCountedFromTheLongest(int one, int three, int six, long half, long quarter) {
    add(one, 1);
    add(three, 3);
    add(six, 6);
    Sample sample = histogram.take();
    assertThat(sample.requests()).isEqualTo(one + three + six);
    assertThat(sample.half().from()).isEqualTo(half);
    assertThat(sample.quarter().from()).isEqualTo(quarter);
  }

  @Test
  void whatIsTakenIsCountedNoMore() {
    add(3, 100);
    assertThat(histogram.take().requests()).isEqualTo(3);
    assertThat(histogram.take()).isEqualTo(Sample.EMPTY);
  }
}
