package sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What names the version: CONTRIBUTING.md says how a release is made. */
class ReleaseTest {
  /** The first one of a pom.xml is its own. */
  private static final Pattern VERSION = Pattern.compile("<version>([^<]+)</version>");

  private static String versionOf(String pom) throws IOException {
    Matcher version = VERSION.matcher(Files.readString(Path.of(pom)));
    assertThat(version.find()).as(pom).isTrue();
    return version.group(1);
  }

  @Test
  void theVersionIsThatOfARelease() throws IOException {
    assertThat(versionOf("pom.xml")).matches("\\d+\\.\\d+\\.\\d+(-rc\\d+)?");
  }

  @Test
  void everyProjectHasIt() throws IOException {
    String version = versionOf("pom.xml");
    for (String pom : List.of("loadtest/pom.xml", "loadtest/jmh/pom.xml")) {
      assertThat(versionOf(pom)).as(pom).isEqualTo(version);
    }
  }

  @Test
  void thePagesNameIt() throws IOException {
    String version = versionOf("pom.xml");
    for (String page : List.of("CHANGELOG.md", "SECURITY.md")) {
      assertThat(Files.readString(Path.of(page))).as(page).contains(version);
    }
  }

  @Test
  void theChangelogBeginsWithTheVersionOrWithWhatIsUnreleased() throws IOException {
    String first =
        Files.readAllLines(Path.of("CHANGELOG.md")).stream()
            .filter(line -> line.startsWith("## "))
            .findFirst()
            .orElse("");
    assertThat(first)
        .matches(
            "## (Unreleased|%s - \\d{4}-\\d{2}-\\d{2})"
                .formatted(Pattern.quote(versionOf("pom.xml"))));
  }
}
