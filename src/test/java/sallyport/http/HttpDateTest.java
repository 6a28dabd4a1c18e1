package sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.TestClock;

class HttpDateTest {
  @ParameterizedTest
  @CsvSource({
    "1994-11-06T08:49:37Z,'Sun, 06 Nov 1994 08:49:37 GMT'",
    "2026-11-03T00:00:00Z,'Tue, 03 Nov 2026 00:00:00 GMT'",
    "2026-09-30T23:59:59.999Z,'Wed, 30 Sep 2026 23:59:59 GMT'",
    "2028-02-29T12:05:09Z,'Tue, 29 Feb 2028 12:05:09 GMT'",
    "2027-01-01T10:10:10Z,'Fri, 01 Jan 2027 10:10:10 GMT'"
  })
  void hasTwoDigitsWhereverTheFormatHas(Instant time, String text) {
    assertThat(new HttpDate(new TestClock(time)).text()).isEqualTo(text);
  }

  @Test
  void theTextOfASecondIsMadeOnce() {
    TestClock clock = new TestClock(Instant.parse("2026-11-03T08:00:00Z"));
    HttpDate date = new HttpDate(clock);
    String first = date.text();
    clock.advance(Duration.ofMillis(999));
    assertThat(date.text()).isSameAs(first);
    clock.advance(Duration.ofMillis(1));
    assertThat(date.text()).isEqualTo("Tue, 03 Nov 2026 08:00:01 GMT");
    clock.advance(Duration.ofSeconds(-1));
    assertThat(date.text()).isEqualTo("Tue, 03 Nov 2026 08:00:00 GMT");
  }
}
