package sallyport.config.route.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathRewriteTest {
  private static PathRewrite rewrite(String pattern, String to) {
    PathPattern compiled = PathPattern.of(pattern);
    return new PathRewrite(compiled, GroupText.parse(to, compiled.groups()));
  }

  @ParameterizedTest
  @CsvSource({
    "^/old/(.*)$, /new/$1, /old/a/b, /new/a/b",
    "/old/(.*), /new/$1, /old/, /new/",
    "/(a)/(b)?, /$2/$1$1, /a/, //aa",
    "/(\\d+)/x, /$$$1, /17/x, /$17",
    "/(?i)OLD, /new, /old, /new",
    // Without an anchor, a pattern takes the whole path all the same.
    "/old, /new, /old/a,",
    "old, /new, /old,",
    "^/old/(.*)$, /new/$1, /other,"
  })
  void aPatternTakesAWholePath(String pattern, String to, String path, @Nullable String result) {
    assertThat(rewrite(pattern, to).of(path)).isEqualTo(result);
  }

  /** A backtracking engine takes more than the age of the universe. */
  @Test
  void noPatternTakesMoreThanLinearTime() {
    String path = "/" + "a".repeat(10_000);
    assertThat(rewrite("/(a*)*(a*)*(a*)*b", "/x").of(path)).isNull();
    assertThat(rewrite("/((a?){50})(a{50})+", "/$3").of("/" + "a".repeat(100))).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "(?=a), look-around",
    "(a)\\1, back-references",
    "(a, missing closing",
    "'', 1 to 1000"
  })
  void whatIsNoPatternIsRefused(String pattern, String problem) {
    assertThatThrownBy(() -> PathPattern.of(pattern))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem);
  }

  @ParameterizedTest
  @CsvSource({"/$2, has $2", "/$, without a number", "/$0, without a number", "/$x, write $$"})
  void aTextTakesGroupsThatThereAre(String to, String problem) {
    assertThatThrownBy(() -> rewrite("/(.*)", to))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void patternsOfOneTextAreEqual() {
    assertThat(rewrite("/(.*)", "/$1")).isEqualTo(rewrite("/(.*)", "/$1"));
    assertThat(rewrite("/(.*)", "/$1")).hasSameHashCodeAs(rewrite("/(.*)", "/$1"));
    assertThat(rewrite("/(.*)", "/$1")).isNotEqualTo(rewrite("/(.+)", "/$1"));
  }
}
