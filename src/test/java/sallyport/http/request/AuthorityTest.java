package sallyport.http.request;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorityTest {
  @ParameterizedTest
  @CsvSource({
    "localhost, localhost, -1",
    "Portal.Example.ORG:8443, portal.example.org, 8443",
    "127.0.0.1:0, 127.0.0.1, 0",
    "[::1]:65535, [::1], 65535",
    "[2001:DB8::1], [2001:db8::1], -1",
    "a_b.test, a_b.test, -1",
    "localhost:, localhost, -1",
    "[::1]:, [::1], -1",
    "example.org., example.org., -1"
  })
  void aHostAndPerhapsAPort(String text, String host, int port) {
    assertThat(Authority.parse(text)).isEqualTo(new Authority(host, port));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":80",
        ":",
        "a::",
        "[::1]::",
        "a:b",
        "a:-1",
        "a:+1",
        "a:65536",
        "a:000080",
        "u@a",
        "a/b",
        "a b",
        "a..b",
        ".a",
        "[::1",
        "::1",
        "[x]",
        "[::1]x",
        "[fe80::1%eth0]",
        "[::1%\"]",
        "a,b",
        "a\tb",
        "*",
        "a%20b",
        "é"
      })
  void whatIsNotOneIsRefused(String text) {
    assertThat(Authority.parse(text)).isNull();
  }
}
