package sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTargetTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "/a b",
        "/a#b",
        "/a\u0000",
        "/é",
        "/.",
        "/..",
        "/../",
        "/a/../b",
        "/a/./b",
        "/a/..",
        "/%2e%2e/a",
        "/a/%2E./b",
        "/a%2f..%2fb",
        "/a/..;x/b",
        "/a\\b",
        "/a%5cb",
        "/a%00",
        "/a%",
        "/a%2",
        "/a%zz",
        "ftp://host/",
        "//..",
        "http://host/../x"
      })
  void whatCouldBeReadInTwoWaysIsRefused(String uri) {
    assertThat(RequestTarget.parse(uri)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "/, /,",
    "/a/b, /a/b,",
    "/a?b=c?d, /a, b=c?d",
    "/a?, /a, ''",
    "/a%20b/%C3%A9, /a%20b/%C3%A9,",
    "/...,/...,",
    "/.well-known/x, /.well-known/x,",
    "/a..b/c., /a..b/c.,",
    "/a;v=1/b, /a;v=1/b,",
    "/a?x=../..&y=%00, /a, x=../..&y=%00",
    "//a, //a,"
  })
  void pathAndQueryStayAsTheyWereSent(String uri, String path, String query) {
    assertThat(RequestTarget.parse(uri)).isEqualTo(new RequestTarget(null, path, query));
  }

  @Test
  void anAbsoluteTargetHasAnAuthority() {
    assertThat(RequestTarget.parse("http://h.test:80/x?y"))
        .isEqualTo(new RequestTarget("h.test:80", "/x", "y"));
    assertThat(RequestTarget.parse("HTTPS://h.test?y"))
        .isEqualTo(new RequestTarget("h.test", "/", "y"));
  }

  @Test
  void theAsteriskStandsForItself() {
    assertThat(RequestTarget.parse("*")).isEqualTo(new RequestTarget(null, "*", null));
  }
}
