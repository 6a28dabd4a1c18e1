package sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTargetTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "/a b", "/a#b", "/a\u0000", "/é", "ftp://host/", "http:/a", "?a", "**"})
  void whatIsNoTargetIsRefused(String uri) {
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
  void pathAndQueryThatAreCanonicalStayAsTheyWereSent(String uri, String path, String query) {
    assertThat(canonical(uri, false)).isEqualTo(new RequestTarget(null, path, query));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
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
        "/a%2fb",
        "//..",
        "http://host/../x"
      })
  void aPathThatCouldBeReadInTwoWaysHasNoCanonicalForm(String uri) {
    assertThat(canonical(uri, false)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a%00",
        "/a%0a",
        "/a%7f",
        "/a%",
        "/a%2",
        "/a%zz",
        "/a%-1",
        "/..",
        "/a/../..",
        "/a/..;x/b",
        "/%2e%2e;/b",
        "/a/.;x"
      })
  void whatNoRuleResolvesIsRefusedEvenWhenNormalising(String uri) {
    assertThat(canonical(uri, true)).isNull();
    assertThat(canonical(uri, false)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "/a/../b, /b",
    "/a/./b, /a/b",
    "/a/b/.., /a/",
    "/a/., /a/",
    "/a/%2e%2e/b, /b",
    "/a%2fb, /a/b",
    "/a%2F..%2Fb, /b",
    "/a\\b, /a/b",
    "/a%5C..%5Cb, /b",
    "//a///b/, /a/b/",
    "/%61%2e, /a.",
    "/a%c3%a9, /a%C3%A9",
    "/a%252e, /a%252e"
  })
  void normalisingResolvesWhatHasOneMeaning(String uri, String path) {
    assertThat(canonical(uri, true)).isEqualTo(new RequestTarget(null, path, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/a/../b", "/a%2f%2e%2e%2fb//c", "/%61/%2E/b%5c", "/x%20y/..%2fz", "/a%252e%252e"})
  void theCanonicalFormIsItsOwnCanonicalForm(String uri) {
    RequestTarget once = Objects.requireNonNull(canonical(uri, true));
    assertThat(once.canonical(true)).isEqualTo(once);
    assertThat(once.canonical(false)).isEqualTo(once);
  }

  private static @Nullable RequestTarget canonical(String uri, boolean normalise) {
    return Objects.requireNonNull(RequestTarget.parse(uri)).canonical(normalise);
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
