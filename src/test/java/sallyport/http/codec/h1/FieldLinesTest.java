package sallyport.http.codec.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import sallyport.http.codec.FieldSection;

class FieldLinesTest {
  private final HttpHeaders headers = FieldSection.newHeaders();

  @Test
  void writesEachFieldOnALineOfItsOwnInTheirOrder() {
    headers.add("X-B", "2");
    headers.add(new AsciiString("..x-a..").subSequence(2, 5, false), AsciiString.of("1"));
    headers.add("X-B", "");

    assertThat(written()).isEqualTo("X-B: 2\r\nx-a: 1\r\nX-B: \r\n");
  }

  @Test
  void writesNothingWhereThereIsNoField() {
    assertThat(written()).isEmpty();
  }

  @Test
  void writesSectionsAndFieldsOfAnyLength() {
    StringBuilder expected = new StringBuilder();
    for (int length : new int[] {4000, 80, 20, 4093, 4092, 70_000, 1, 5000}) {
      String value = "v".repeat(length);
      headers.add("n", value);
      expected.append("n: ").append(value).append("\r\n");
    }

    assertThat(written()).isEqualTo(expected.toString());
  }

  @Test
  void writesOctetsAsTheyAreAndNeverMakesALineEndOfAnotherCharacter() {
    headers.add("x", "\u00fc\u010d\u010a\u4e0a");

    assertThat(written()).isEqualTo("x: \u00fc???\r\n");
  }

  private String written() {
    ByteBuf buffer = Unpooled.buffer();
    FieldLines.write(headers, buffer);
    return buffer.toString(StandardCharsets.ISO_8859_1);
  }
}
