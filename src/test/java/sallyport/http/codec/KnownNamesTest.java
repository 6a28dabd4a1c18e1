package sallyport.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownNamesTest {
  /** Returns the name of a line that begins with it. */
  private static AsciiString of(String name) {
    return KnownNames.of((name + ": 1").getBytes(StandardCharsets.US_ASCII), name.length());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Type", "content-type", "X-Request-ID", "ETag", "etag", "TE"})
  void aUsualSpellingBecomesItsConstant(String name) {
    AsciiString first = of(name);
    assertThat((Object) first).hasToString(name);
    assertThat((Object) of(name)).isSameAs(first);
    assertThat((Object) KnownNames.lowerCase(first)).hasToString(name.toLowerCase(Locale.ROOT));
    assertThat((Object) KnownNames.lowerCase(first)).isSameAs(KnownNames.lowerCase(first));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-type", "CONTENT-TYPE", "Etag", "X-Patient", "x", "tE"})
  void anyOtherSpellingStays(String name) {
    AsciiString came = of(name);
    assertThat((Object) came).hasToString(name);
    assertThat((Object) of(name)).as("no constant").isNotSameAs(came);
    assertThat((Object) KnownNames.lowerCase(came)).hasToString(name.toLowerCase(Locale.ROOT));
  }

  @Test
  void aNameThatIsNoConstantIsLoweredAsWell() {
    assertThat((Object) KnownNames.lowerCase("X-Patient")).hasToString("x-patient");
    assertThat((Object) KnownNames.lowerCase("Content-Type")).hasToString("content-type");
  }
}
