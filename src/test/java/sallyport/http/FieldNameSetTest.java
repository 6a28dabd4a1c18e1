package sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.AsciiString;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldNameSetTest {
  private static final FieldNameSet SET =
      new FieldNameSet(
          List.of("x-real-ip", "x-forwarded-*", "proxy", "$ws*", "sm_user"),
          List.of("x-forwarded-user", "x-forwarded-mail-*"));

  private static boolean contains(String name) {
    boolean asAscii = SET.contains(AsciiString.of(name));
    assertThat(SET.contains(name)).isEqualTo(asAscii);
    return asAscii;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-real-ip",
        "X-Real-IP",
        "X_REAL_IP",
        "x.real~ip",
        "x-forwarded-",
        "X-Forwarded-Server",
        "X-Forwarded-User-Id",
        "Proxy",
        "PROXY",
        "$WSRU",
        "_wsru",
        "SM-User",
        "SM_USER",
        "X-Forwarded-Mail"
      })
  void aNameIsInTheSetInWhateverSpelling(String name) {
    assertThat(contains(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "x-real-i",
        "x-real-ipx",
        "xreal-ip",
        "x-forwarded",
        "proxy-connection",
        "X-Forwarded-User",
        "x_forwarded_user",
        "X-Forwarded-Mail-Box",
        "cookie",
        "sm-users",
        "accept"
      })
  void otherNamesAreNot(String name) {
    assertThat(contains(name)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For",
        "x-forwarded-proto",
        "X-REQUEST-ID",
        "Content-Length",
        "Forwarded"
      })
  void ofTheGatewaysOwnFieldsOnlyOtherSpellingsAreInIt(String name) {
    assertThat(contains(name)).isFalse();
    assertThat(contains(name.replace('-', '_'))).isEqualTo(name.contains("-"));
    assertThat(contains(name.replace('-', '.'))).isEqualTo(name.contains("-"));
  }

  @Test
  void aSetOfAnySizeHasAllOfItsNames() {
    for (int size = 0; size < 300; size++) {
      List<String> names =
          java.util.stream.IntStream.range(0, size).mapToObj(i -> "name-" + i * 7919).toList();
      FieldNameSet set = new FieldNameSet(names, List.of());
      assertThat(names).allMatch(set::contains);
      assertThat(set.contains("name-1")).isFalse();
    }
  }
}
