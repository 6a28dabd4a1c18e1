package sallyport.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.AsciiString;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownNamesTest {
  @ParameterizedTest
  @ValueSource(strings = {"Content-Type", "content-type", "X-Request-ID", "ETag", "etag", "TE"})
  void aUsualSpellingBecomesItsConstant(String name) {
    AsciiString first = KnownNames.constant(new AsciiString(name));
    assertThat((Object) first).hasToString(name);
    assertThat((Object) KnownNames.constant(new AsciiString(name))).isSameAs(first);
    assertThat((Object) KnownNames.lowerCase(first)).hasToString(name.toLowerCase(Locale.ROOT));
    assertThat((Object) KnownNames.lowerCase(first)).isSameAs(KnownNames.lowerCase(first));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-type", "CONTENT-TYPE", "Etag", "X-Patient", ""})
  void anyOtherSpellingStays(String name) {
    AsciiString came = new AsciiString(name);
    assertThat((Object) KnownNames.constant(came)).isSameAs(came);
    assertThat((Object) KnownNames.lowerCase(came)).hasToString(name.toLowerCase(Locale.ROOT));
  }

  @Test
  void aNameThatIsNoConstantIsLoweredAsWell() {
    assertThat((Object) KnownNames.lowerCase("X-Patient")).hasToString("x-patient");
    assertThat((Object) KnownNames.lowerCase("Content-Type")).hasToString("content-type");
  }
}
