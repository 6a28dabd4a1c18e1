package sallyport.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.config.problem.InvalidConfiguration;

/** The page of bad configurations says what is really said. */
class BadConfigurationsTest {
  /** A heading, prose or none, a configuration, and what is said of it. */
  private static final Pattern CASE =
      Pattern.compile(
          "### ([^\n]+)\n\n(?:(?!```|###)[^\n]*\n)*```\n(.*?)```\n\n```text\n(.*?)```",
          Pattern.DOTALL);

  /** What completes each case. */
  private static final String SOUND =
      """
      gateway.listeners.s.bind = "127.0.0.1:0"
      gateway.listeners.s.tls.certificates = [ { chain = a.pem, key = a.key } ]
      gateway.backends.b.endpoints = [ "h:1" ]
      gateway.backends.b.tls.trust = a.pem
      gateway.backends.b.tls.certificate { chain = a.pem, key = a.key }
      """;

  @TempDir Path folder;

  @BeforeEach
  void files() throws IOException {
    Files.createFile(folder.resolve("a.pem"));
    Files.createFile(folder.resolve("a.key"));
  }

  record Bad(String title, String hocon, List<String> lines) {
    @Override
    public String toString() {
      return title;
    }
  }

  static List<Bad> cases() throws IOException {
    String page = Files.readString(Path.of("docs/bad-configurations.md"));
    List<Bad> all = new ArrayList<>();
    Matcher found = CASE.matcher(page);
    while (found.find()) {
      all.add(new Bad(found.group(1), found.group(2), found.group(3).lines().toList()));
    }
    return all;
  }

  @Test
  void thePageHasItsCases() throws IOException {
    String page = Files.readString(Path.of("docs/bad-configurations.md"));
    assertThat(cases()).hasSizeGreaterThanOrEqualTo(30);
    assertThat(cases()).hasSize(page.split("\n```text\n", -1).length - 1);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void eachCaseGetsExactlyTheseLines(Bad bad) throws IOException {
    Path file = folder.resolve("configuration");
    Files.writeString(file, bad.hocon() + SOUND);
    InvalidConfiguration said =
        catchThrowableOfType(InvalidConfiguration.class, () -> GatewayConfig.load(file));
    assertThat(said).as("accepted, though it should not be").isNotNull();
    assertThat(said.problems())
        .map(line -> line.replace(file.toString(), "configuration"))
        .map(line -> line.replace(folder.toString(), "/etc/sallyport"))
        .containsExactlyElementsOf(bad.lines());
  }

  @Test
  void aProblemInAFileNamesTheFileAsItWasGiven() throws IOException {
    Path file = folder.resolve("conf").resolve("bad.conf");
    Files.createDirectories(file.getParent());
    Files.writeString(folder.resolve("part.conf"), "gateway.drain-timout = 1s");
    Files.writeString(file, "\ninclude \"../part.conf\"\ngateway.admin.bind = here\n");
    Path asGiven = Path.of("").toAbsolutePath().relativize(file);
    InvalidConfiguration said =
        catchThrowableOfType(InvalidConfiguration.class, () -> GatewayConfig.load(asGiven));
    assertThat(said.problems())
        .contains(
            asGiven
                + ":3: admin.bind: must be ADDRESS:PORT such as 0.0.0.0:8443, [::]:8443 or *:8443, is"
                + " 'here'")
        .anyMatch(line -> line.contains("part.conf:1: drain-timout: unknown key"));
  }

  @Test
  void aFileThatCannotBeReadIsNamedWithTheReason() throws IOException {
    Path here = Path.of("").toAbsolutePath();
    assertThat(problemsOf(Path.of("conf/none.conf")))
        .containsExactly("conf/none.conf: cannot be read: there is no such file in '" + here + "'");
    assertThat(problemsOf(folder))
        .containsExactly(folder + ": cannot be read: it is a folder; name the file in it");
    assertThat(problemsOf(folder.resolve("none.conf")))
        .containsExactly(folder + "/none.conf: cannot be read: there is no such file");
  }

  private static List<String> problemsOf(Path file) {
    return catchThrowableOfType(InvalidConfiguration.class, () -> GatewayConfig.load(file))
        .problems();
  }
}
