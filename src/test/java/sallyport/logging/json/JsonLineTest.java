package sallyport.logging.json;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonLineTest {
  @Test
  void fieldsStandInOrderAndEmptyOnesAreLeftOut() {
    assertThat(new JsonLine().field("a", "x").field("b", "").field("c", null).field("d", 7).end())
        .isEqualTo("{\"a\":\"x\",\"d\":7}");
  }

  @Test
  void nothingButPrintableAsciiGetsThroughUnescaped() {
    assertThat(new JsonLine().field("a", "\"\\\n\u001b[31m\u2028é\ud800").end())
        .isEqualTo("{\"a\":\"\\\"\\\\\\u000a\\u001b[31m\\u2028\\u00e9\\ud800\"}");
  }

  @Test
  void aPlainValueIsWrittenAsItIs() {
    assertThat(new JsonLine().plain("a", "TLSv1.3").plain("b", "").plain("c", null).end())
        .isEqualTo("{\"a\":\"TLSv1.3\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\"b", "a\\b", "a\nb", "\u00e9"})
  void aValueThatNeedsAnEscapeIsNotPlain(String value) {
    assertThat(JsonString.isPlain(value)).isFalse();
  }

  @Test
  void longValuesAreCut() {
    assertThat(new JsonLine().field("a", "x".repeat(10_000)).end()).hasSize(JsonLine.MAX_VALUE + 8);
  }

  @Test
  void timesAreMillisecondsWithThreeDecimals() {
    assertThat(new JsonLine().millis("a", 1_002_003).millis("b", 999).millis("c", -5).end())
        .isEqualTo("{\"a\":1.002,\"b\":0.000,\"c\":0.000}");
  }

  @Test
  void aTimeIsInUtcToTheMillisecond() {
    assertThat(new JsonLine().time("a", 1_700_000_000_007L).time("b", 1_700_000_040_120L).end())
        .isEqualTo("{\"a\":\"2023-11-14T22:13:20.007Z\",\"b\":\"2023-11-14T22:14:00.120Z\"}");
  }
}
