package sallyport.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.route.PathFolding;
import sallyport.route.PathFolder.Effort;

class PathFolderTest {
  private static final PathFolder ALL = new PathFolder(EnumSet.allOf(PathFolding.class));

  private static PathFolder only(PathFolding... foldings) {
    return new PathFolder(EnumSet.copyOf(Arrays.asList(foldings)));
  }

  @ParameterizedTest
  @CsvSource({
    // Empty segments
    "//admin/x, /admin/x",
    "/admin//x, /admin/x",
    "//, /",
    "/admin//, /admin/",
    // Path parameters
    "/admin;a=1/x, /admin/x",
    "/admin%3ba=1/x, /admin/x",
    "/;a/admin, /admin",
    "/admin/;a, /admin/",
    // Letter case
    "/ADMIN/X, /admin/x",
    "/%C3%89t%C3%A9, /été",
    // Trailing dots and blanks, streams of NTFS
    "/admin./x, /admin/x",
    "/admin%20%09/x, /admin/x",
    "/admin.%20./x, /admin/x",
    "/%20admin/x, /admin/x",
    "/admin%C2%A0/x, /admin/x",
    "/admin%A0/x, /admin/x",
    "/.%20/admin, /admin",
    "/.../admin, /admin",
    "/admin::$DATA/x, /admin/x",
    "/admin:$i30:$INDEX_ALLOCATION/x, /admin/x",
    // Loose decoding
    "/adm%C1%A9n, /admin",
    "/adm%E0%81%A9n, /admin",
    "/%EF%BD%81dmin, /admin",
    "/admin%3Fx, /admin",
    "/admin%23x, /admin",
    "/admin%C0%AFx, /admin/x",
    "/admin%EF%BC%BCx, /admin/x",
    // None of it
    "/admin, /admin",
    "/admin/, /admin/",
    "/, /",
    "/a.b/c:d~e, /a.b/c:d~e",
    "/a%20b, '/a b'",
    // Slashes in disguise
    "/a%2Fb, /a/b",
    "/a%5Cb, /a/b",
    "/a\\b, /a/b",
    "/%E2%82%AC, /€",
    "/%FF%C3, /ÿã"
  })
  void aPathIsFoldedAsBackendsDo(String path, String folded) {
    assertThat(ALL.forms(path)).containsExactly(folded);
  }

  @ParameterizedTest
  @CsvSource({
    "/%2561dmin, /%61dmin, /admin, ",
    "/%25u0061dmin, /%u0061dmin, /admin, ",
    "/admin%252Fx, /admin%2fx, /admin/x, ",
    "/admin%255Cx, /admin%5cx, /admin/x, ",
    "/admin%253Bx, /admin%3bx, /admin, ",
    "/admin%2500x, /admin%00x, /admin, ",
    "/100%25, /100%, , ",
    "/%25252541, /%252541, /%2541, /%41",
  })
  void whatIsEncodedAgainIsFoldedAtEachDepth(
      String path, String once, String twice, String thrice) {
    List<String> forms = ALL.forms(path);
    assertThat(forms).startsWith(once);
    if (twice != null) {
      assertThat(forms).element(1).isEqualTo(twice);
    } else {
      assertThat(forms).hasSize(1);
    }
    if (thrice != null) {
      assertThat(forms).element(2).isEqualTo(thrice);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a/%252e%252e/admin",
        "/a/%252e./admin",
        "/a%252f..%252fadmin",
        "/a%255c..%255cadmin",
        "/a/..%20/admin",
        "/a/%20..;x/admin",
        "/a/%C0%AE%C0%AE/admin",
        "/a/%E2%80%A5/admin",
        "/a/%25u002e%25u002e/admin",
        "/%25252525252541dmin"
      })
  void whereAPathLeadsUpwardsOrIsEncodedWithoutEndNoFormTells(String path) {
    assertThat(ALL.forms(path)).isNull();
  }

  /** The quick look at a path must not miss what the thorough one finds. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/admin",
        "/",
        "/a/b/",
        "/a.b",
        "/a..b",
        "/.a",
        "/a:b",
        "/a$b",
        "//a",
        "/a//",
        "/a;b",
        "/A",
        "/a.",
        "/a./b",
        "/a%20",
        "/a::$DATA",
        "/%2561",
        "/a!b",
        "/a'b",
        "/a@b",
        "/a~",
        "/a/...",
        "/a\\b",
        "/a%2Fb"
      })
  void aPathThatNeedsNoFoldingIsItsOwnForm(String path) {
    List<String> forms = ALL.forms(path);
    String form = forms == null ? "" : forms.getLast();
    switch (ALL.effort(path)) {
      case NONE -> assertThat(form).isEqualTo(path);
      case CASE -> assertThat(form).isNotEqualTo(path).isEqualToIgnoringCase(path);
      case FOLD -> assertThat(path).containsPattern("[%;:\\\\]|//|\\.(/|$)");
    }
  }

  @Test
  void onlyWhatABackendFoldsIsFolded() {
    assertThat(only(PathFolding.CASE).forms("//A;b/C./%2544")).containsExactly("//a;b/c./%44");
    assertThat(only(PathFolding.EMPTY_SEGMENTS).forms("//A;b/C./%2544"))
        .containsExactly("/A;b/C./%44");
    assertThat(only(PathFolding.PARAMETERS).forms("//A;b/C./%2544")).containsExactly("//A/C./%44");
    assertThat(only(PathFolding.TRAILING_DOTS).forms("//A;b/C./%2544"))
        .containsExactly("//A;b/C/%44");
    assertThat(only(PathFolding.LOOSE_DECODING).forms("//A;b/C./%2544"))
        .containsExactly("//A;b/C./%44", "//A;b/C./D");
  }

  @ParameterizedTest
  @EnumSource(PathFolding.class)
  void whatABackendDoesNotFoldIsNotLookedFor(PathFolding folding) {
    EnumSet<PathFolding> others = EnumSet.complementOf(EnumSet.of(folding));
    String path =
        switch (folding) {
          case EMPTY_SEGMENTS -> "//a";
          case PARAMETERS -> "/a;b";
          case CASE -> "/A";
          case TRAILING_DOTS -> "/a.";
          case LOOSE_DECODING -> "/%2561";
        };
    PathFolder without = new PathFolder(others);
    if (folding != PathFolding.LOOSE_DECODING) {
      assertThat(without.effort(path)).isEqualTo(Effort.NONE);
    }
    assertThat(without.forms(path)).hasSize(1).doesNotContain("/a");
    assertThat(only(folding).forms(path)).contains("/a");
  }
}
