package sallyport.http.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Date;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("JavaUtilDate")
class HeaderFieldsTest {
  private static final List<String> NAMES =
      List.of("Host", "host", "HOST", "x-a", "X-A", "x-b", "Set-Cookie", "set-cookie", "Te", "");

  /** Any change, made to Netty's fields and to these, leaves the same lines in the same order. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void changesAreThoseOfNettysFields(long seed) {
    Random random = new Random(seed);
    HttpHeaders model =
        DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    HttpHeaders fields = new HeaderFields();
    for (int step = 0; step < 2000; step++) {
      CharSequence name = name(random);
      int kind = random.nextInt(40);
      String value = Integer.toString(random.nextInt(4));
      for (HttpHeaders headers : List.of(model, fields)) {
        change(headers, kind, name, value);
      }
      assertThat(fields.entries()).as("step %d", step).isEqualTo(model.entries());
      assertAnswersAlike(fields, model, name(random), value);
    }
  }

  private static CharSequence name(Random random) {
    String name = NAMES.get(random.nextInt(NAMES.size()));
    return random.nextBoolean() ? name : new AsciiString(name);
  }

  private static void change(HttpHeaders headers, int kind, CharSequence name, String value) {
    switch (kind) {
      case 0 -> headers.clear();
      case 1, 2 -> headers.remove(name);
      case 3 -> headers.remove(name.toString());
      case 4, 5 -> headers.set(name, value);
      case 6 -> headers.set(name.toString(), new AsciiString(value));
      case 7 -> headers.set(name, List.of(value, "more"));
      case 8 -> headers.setInt(name, 7);
      case 9 -> headers.setShort(name, (short) 8);
      case 10 -> headers.add(name, List.of(value, "more"));
      case 11 -> headers.addInt(name, 9);
      case 12 -> headers.addShort(name, (short) 10);
      case 13 -> headers.set(name, new Date(1_000_000));
      default -> headers.add(name, kind % 2 == 0 ? value : new AsciiString(value));
    }
  }

  private static void assertAnswersAlike(
      HttpHeaders fields, HttpHeaders model, CharSequence name, String value) {
    assertThat(fields.get(name)).isEqualTo(model.get(name));
    assertThat(fields.get(name.toString())).isEqualTo(model.get(name));
    assertThat(fields.getAll(name)).isEqualTo(model.getAll(name));
    assertThat(fields.getAll(name.toString())).isEqualTo(model.getAll(name));
    assertThat(fields.contains(name)).isEqualTo(model.contains(name));
    assertThat(fields.contains(name.toString())).isEqualTo(model.contains(name));
    assertThat(fields.contains(name, value, true)).isEqualTo(model.contains(name, value, true));
    assertThat(fields.contains(name, value, false)).isEqualTo(model.contains(name, value, false));
    assertThat(fields.containsValue(name, value, true))
        .isEqualTo(model.containsValue(name, value, true));
    assertThat(fields.getInt(name)).isEqualTo(model.getInt(name));
    assertThat(fields.getInt(name, -1)).isEqualTo(model.getInt(name, -1));
    assertThat(fields.getShort(name)).isEqualTo(model.getShort(name));
    assertThat(fields.getShort(name, (short) -1)).isEqualTo(model.getShort(name, (short) -1));
    assertThat(fields.size()).isEqualTo(model.size());
    assertThat(fields.isEmpty()).isEqualTo(model.isEmpty());
    assertThat(fields.valueStringIterator(name))
        .toIterable()
        .containsExactlyElementsOf(model.getAll(name));
  }

  @Test
  void whatIsNoDateHasNoTime() {
    HttpHeaders fields = new HeaderFields().set("date", new Date(1_000_000)).set("age", "7");
    assertThat(fields.getTimeMillis("date")).isEqualTo(1_000_000);
    assertThat(fields.getTimeMillis("age")).isNull();
    assertThat(fields.getTimeMillis("age", -1)).isEqualTo(-1);
    assertThat(fields.getTimeMillis("expires", -1)).isEqualTo(-1);
  }

  @Test
  void aCopyHasLinesOfItsOwn() {
    HttpHeaders fields = new HeaderFields().add("a", "1");
    HttpHeaders copy = fields.copy();
    fields.set("a", "2");
    assertThat(copy.get("a")).isEqualTo("1");
  }

  @Test
  void linesAreIteratedAsTheyCame() {
    HttpHeaders fields = new HeaderFields().add("B", new AsciiString("1")).add("a", "2");
    Iterator<Map.Entry<CharSequence, CharSequence>> lines = fields.iteratorCharSequence();
    assertThat(lines.next()).isEqualTo(Map.entry("B", new AsciiString("1")));
    assertThat(lines.next()).isEqualTo(Map.entry("a", "2"));
    assertThat(lines.hasNext()).isFalse();
    assertThatThrownBy(lines::next).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void octetsBeyondAsciiAreKept() {
    byte[] octets = {(byte) 0xe4, 'a', (byte) 0xff};
    HttpHeaders fields = new HeaderFields().add("x", new AsciiString(octets));
    assertThat(fields.get("x")).isEqualTo("\u00e4a\u00ff");
  }

  @Test
  void fieldsOfAnotherClassAreCopied() {
    HttpHeaders netty = DefaultHttpHeadersFactory.headersFactory().newHeaders().add("a", "1");
    HeaderFields copy = HeaderFields.of(netty);
    assertThat(copy.entries()).isEqualTo(netty.entries());
    assertThat(HeaderFields.of(copy)).isSameAs(copy);
  }
}
