package sallyport.config.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedirectTemplateTest {
  /** A request for the route {@code /old}. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /new                         | a.test | /old/x   | /x   | q=1 | /new
          /new{rest}                   | a.test | /old/x   | /x   | q=1 | /new/x
          /new{rest}{query}            | a.test | /old/x   | /x   | q=1 | /new/x?q=1
          /new{rest}{query}            | a.test | /old     | ''   |     | /new
          /new?from={path}             | a.test | /old/x   | /x   |     | /new?from=/old/x
          {path}                       | a.test | /old/x   | /x   |     | /old/x
          https://b.test               | a.test | /old/x   | /x   |     | https://b.test
          https://b.test{rest}         | a.test | /old/x   | /x   |     | https://b.test/x
          https://b.test:8443/v2{rest} | a.test | /old/x   | /x   |     | https://b.test:8443/v2/x
          https://{host}/v2{rest}      | a.test | /old/x   | /x   |     | https://a.test/v2/x
          https://{host}:8443{path}    | a.test | /old/x   | /x   |     | https://a.test:8443/old/x
          https://{host}{path}         | ''     | /old/x   | /x   |     |
          https://[2001:db8::1]{rest}  | a.test | /old/x   | /x   |     | https://[2001:db8::1]/x
          """)
  void partsOfTheRequestTakeTheirPlaces(
      String template,
      String host,
      String path,
      String rest,
      @Nullable String query,
      @Nullable String location) {
    assertThat(RedirectTemplate.parse(template, null).location(host, path, rest, query, List.of()))
        .isEqualTo(location);
  }

  /** Two slashes at the beginning name a host, and browsers take a backslash for a slash. */
  @ParameterizedTest
  @CsvSource({
    "/{rest}, /evil.test, /evil.test",
    "/{rest}, //evil.test, /evil.test",
    "{path}, //evil.test, /evil.test",
    "{path}, /\\evil.test, /evil.test",
    // What a route for / leaves of a path has no slash of its own.
    "https://b.test{rest}, .evil.test, https://b.test/.evil.test",
    "https://b.test{rest}, @evil.test, https://b.test/@evil.test"
  })
  void noRequestNamesAnotherHost(String template, String rest, String location) {
    assertThat(
            RedirectTemplate.parse(template, null).location("a.test", rest, rest, null, List.of()))
        .isEqualTo(location);
  }

  @ParameterizedTest
  @CsvSource({
    "http://b.test/, must be a path",
    "//b.test/, must be a path",
    "/\\b.test/, must be a path",
    "new, must be a path",
    "{rest}, must be a path",
    "{query}, must be a path",
    "https://b.test{host}, must be a path",
    "https://{host}.evil.test/, must be a path",
    "https://user@b.test/, must be a path",
    "javascript:x, must be a path",
    "/a b, without blanks",
    "/{file}, is none of {host}",
    "/{rest, brace",
    "/rest}, brace"
  })
  void whatIsNoTemplateIsRefused(String template, String problem) {
    assertThatThrownBy(() -> RedirectTemplate.parse(template, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem);
  }
}
