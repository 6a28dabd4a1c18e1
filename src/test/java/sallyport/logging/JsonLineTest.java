package sallyport.logging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JsonLineTest {
  @Test
  void fieldsStandInOrderAndEmptyOnesAreLeftOut() {
    assertThat(
            new JsonLine().field("a", "x").field("b", "").field("c", null).field("d", 7).toString())
        .isEqualTo("{\"a\":\"x\",\"d\":7}");
  }

  @Test
  void nothingButPrintableAsciiGetsThroughUnescaped() {
    assertThat(new JsonLine().field("a", "\"\\\n\u001b[31m\u2028é\ud800").toString())
        .isEqualTo("{\"a\":\"\\\"\\\\\\u000a\\u001b[31m\\u2028\\u00e9\\ud800\"}");
  }

  @Test
  void longValuesAreCut() {
    assertThat(new JsonLine().field("a", "x".repeat(10_000)).toString())
        .hasSize(JsonLine.MAX_VALUE + 8);
  }

  @Test
  void timesAreMillisecondsWithThreeDecimals() {
    assertThat(new JsonLine().millis("a", 1_002_003).millis("b", 999).millis("c", -5).toString())
        .isEqualTo("{\"a\":1.002,\"b\":0.000,\"c\":0.000}");
  }
}
