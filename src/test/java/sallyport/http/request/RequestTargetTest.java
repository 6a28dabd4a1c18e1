package sallyport.http.request;

import static org.assertj.core.api.Assertions.assertThat;
import static sallyport.http.request.RequestTarget.Ambiguity.NORMALISE;
import static sallyport.http.request.RequestTarget.Ambiguity.PASS;
import static sallyport.http.request.RequestTarget.Ambiguity.REJECT;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.http.request.RequestTarget.Ambiguity;

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
    assertThat(canonical(uri, REJECT)).isEqualTo(new RequestTarget(null, path, path, query));
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
    assertThat(canonical(uri, REJECT)).isNull();
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
    assertThat(canonical(uri, NORMALISE)).isNull();
    assertThat(canonical(uri, REJECT)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "/a/../b, /b,",
    "/a/./b, /a/b,",
    "/a/b/.., /a/,",
    "/a/., /a/,",
    "/a/%2e%2e/b, /b,",
    "/a%2fb, /a/b,",
    "/a%2F..%2Fb, /b,",
    "/a\\b, /a/b,",
    "/a%5C..%5Cb, /b,",
    "//a///b/, /a/b/,",
    "/%61%2e, /a., /%61%2e",
    "/a%c3%a9, /a%C3%A9, /a%c3%a9",
    "/a%2f%7e/..%2F%62//c%3d, /a/b/c%3D, /a/%62/c%3d",
    "/a%252e, /a%252e,"
  })
  void normalisingResolvesWhatHasOneMeaningAndKeepsTheRestAsItCame(
      String uri, String path, @Nullable String raw) {
    assertThat(canonical(uri, NORMALISE))
        .extracting(RequestTarget::path, RequestTarget::rawPath)
        .containsExactly(path, raw == null ? path : raw);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/a/../b", "/a%2f%2e%2e%2fb//c", "/%61/%2E/b%5c", "/x%20y/..%2fz", "/a%252e%252e"})
  void theCanonicalFormIsItsOwnCanonicalForm(String uri) {
    String once = Objects.requireNonNull(canonical(uri, NORMALISE)).path();
    for (Ambiguity ambiguity : Ambiguity.values()) {
      assertThat(canonical(once, ambiguity)).isEqualTo(new RequestTarget(null, once, once, null));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/a%2fb, /a%2Fb",
    "/a%2Fb%5c, /a%2Fb%5C",
    "/a\\b, /a\\b",
    "/%2F, /%2F",
    "/%61%2f%7E, /a%2F~",
    "/a%2f..b, /a%2F..b",
    "/a%252f..%252f, /a%252f..%252f"
  })
  void encodedSlashesCanPass(String uri, String path) {
    assertThat(canonical(uri, PASS)).isEqualTo(new RequestTarget(null, path, uri, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/..",
        "/a/../b",
        "/a%2f..",
        "/a%2f..%2fb",
        "/..%5cb",
        "/a%2F%2e%5Cb",
        "/a\\..\\b",
        "/a%2f..;x%2fb",
        "/a%00",
        "/a%",
        "/%%2f"
      })
  void dotSegmentsDoNotPassWithThem(String uri) {
    assertThat(canonical(uri, PASS)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "/api/x, 4, /x",
    "/%61p%69/x%2f, 4, /x%2f",
    "/a%20b/%7e, 6, /%7e",
    "/caf%c3%a9, 10, ''",
    "/api, 4, ''",
    "/, 1, ''"
  })
  void theRawPathBehindAPrefixIsFoundByItsCanonicalLength(String uri, int length, String rest) {
    assertThat(Objects.requireNonNull(canonical(uri, PASS)).rawPathFrom(length)).isEqualTo(rest);
  }

  private static @Nullable RequestTarget canonical(String uri, Ambiguity ambiguity) {
    return Objects.requireNonNull(RequestTarget.parse(uri)).canonical(ambiguity);
  }

  @Test
  void anAbsoluteTargetHasAnAuthority() {
    assertThat(RequestTarget.parse("http://h.test:80/x?y"))
        .isEqualTo(new RequestTarget("h.test:80", "/x", "/x", "y"));
    assertThat(RequestTarget.parse("HTTPS://h.test?y"))
        .isEqualTo(new RequestTarget("h.test", "/", "/", "y"));
  }

  @Test
  void theAsteriskStandsForItself() {
    assertThat(RequestTarget.parse("*")).isEqualTo(new RequestTarget(null, "*", "*", null));
  }
}
