package sallyport.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.address.EndpointAddress.Host;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.config.backend.BackendConfig.EndpointsFileConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.testkit.Backends;
import sallyport.testkit.MarkdownPage;

/** Files of endpoints, read as strictly as the configuration. */
class EndpointsFileReaderTest {
  private static EndpointsFileConfig file(boolean services) {
    return new EndpointsFileConfig(
        Path.of("app.conf"), services, new ConfigLocation("gateway.conf", 7, "endpoints-file"));
  }

  private static List<EndpointConfig> read(String backend, String text)
      throws InvalidConfiguration {
    return EndpointsFileReader.read(Backends.config(backend), file(/* services= */ true), text);
  }

  private static List<String> problems(String backend, String text, boolean services) {
    BackendConfig config = Backends.config(backend);
    InvalidConfiguration invalid =
        catchThrowableOfType(
            InvalidConfiguration.class,
            () -> EndpointsFileReader.read(config, file(services), text));
    return Objects.requireNonNull(invalid, "it was read").problems();
  }

  private static final String OTHER = "endpoints = [ \"z:1\" ]";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "endpoints = [ \"a:1\", { address = \"[::1]:3\", weight = 9, backup = true } ]",
        "{ \"endpoints\": [ \"a:1\", { \"address\": \"[::1]:3\", \"weight\": 9, \"backup\": true"
            + " } ] }",
        "# from the orchestrator\nendpoints = [\n  \"a:1\"\n  {address=\"[::1]:3\",weight=9,"
            + "backup=true}\n]\n"
      })
  void endpointsAreWrittenAsInTheConfiguration(String text) throws InvalidConfiguration {
    assertThat(read(OTHER, text))
        .containsExactly(
            new EndpointConfig(new Host("a", 1), 1, false),
            new EndpointConfig(new Host("::1", 3), 9, true));
  }

  @Test
  void theExampleOfThePageIsRead() throws Exception {
    MarkdownPage page =
        MarkdownPage.all().stream()
            .filter(each -> each.path().endsWith("configuration.md"))
            .findFirst()
            .orElseThrow();
    assertThat(read(OTHER, page.blocks("json").getFirst().text()))
        .containsExactly(
            new EndpointConfig(new Host("10.0.0.5", 9443), 1, false),
            new EndpointConfig(new Host("10.0.0.6", 9443), 3, false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | app.conf:1: endpoints: is missing",
        "# nothing yet | app.conf:1: endpoints: is missing",
        "endpoints = [ ] | app.conf:1: endpoints: needs at least one HOST:PORT",
        "endpoints = [ a ] | app.conf:1: endpoints: must be HOST:PORT such as"
            + " legacy.internal:9443, is 'a'",
        "endpoints = [ { weight = 2 } ] | app.conf:1: endpoints[0].address: is missing",
        "endpoints = [ { address = \"a:1\", weight = 0 } ] | app.conf:1: endpoints[0].weight: must"
            + " be 1 to 1000, is 0",
        "endpoints = [ { address = \"a:1\", wieght = 2 } ] | app.conf:1: endpoints[0].wieght:"
            + " unknown key; did you mean weight?",
        "endpoints = [ \"a:1\" ], balance = hash | app.conf:1: balance: unknown key",
        "endpoints = [ \"a:1\", \"a:1\" ] | app.conf:1: endpoints: 'a:1' stands there twice",
        "endpoints = [ \"z:1\" ] | app.conf:1: endpoints: 'z:1' is one of the configuration"
            + " already",
        "include \"/etc/passwd\" | app.conf:1: include: nothing is included here: write what"
            + " '/etc/passwd' has",
        "include url(\"http://a.test/x\") | app.conf:1: include: nothing is included here: write"
            + " what 'http://a.test/x' has",
        "endpoints = [ ${HOME}\":1\" ] | app.conf:1: substitution: nothing is put in here: write"
            + " the value itself",
        "endpoints = [ ${?NOBODY_SETS_THIS} ] | app.conf:1: substitution: nothing is put in here:"
            + " write the value itself",
        "endpoints = [ \"a:1\" | app.conf: syntax: the file ends before the brace or bracket of"
            + " line 1 is closed"
      })
  void whatIsWrongIsSaidWithFileAndLine(String text, String problem) {
    assertThat(problems(OTHER, text, /* services= */ true))
        .singleElement()
        .satisfies(
            line ->
                assertThat(line.replaceFirst("app\\.conf:\\d+: syntax", "app.conf: syntax"))
                    .isEqualTo(problem));
  }

  @Test
  void whatIsSetTwiceIsSaidAsInTheConfiguration() {
    assertThat(problems(OTHER, "endpoints = [ \"a:1\" ]\nendpoints = [ \"b:1\" ]", true))
        .containsExactly(
            "app.conf:2: endpoints: is set twice, first at app.conf:1; only the last would count:"
                + " remove one; += adds to a list");
  }

  @Test
  void everythingThatIsWrongIsSaid() {
    assertThat(problems(OTHER, "endpoints = [\n  \"a\"\n  { address = \"b\" }\n]\nx = 1", true))
        .hasSize(3);
  }

  @Test
  void oneOfAllMustServeInNormalTimes() throws InvalidConfiguration {
    String backups = "endpoints = [ { address = \"a:1\", backup = true } ]";
    assertThat(read(OTHER, backups)).hasSize(1);
    String all =
        "endpoints = [ { address = \"z:1\", backup = true } ], endpoints-file = server.pem";
    assertThat(read(all, "endpoints = [ \"a:1\" ]")).hasSize(1);
    assertThat(problems(all, backups, /* services= */ true))
        .containsExactly(
            "app.conf:1: endpoints: all have backup = true; leave that out of those that serve in"
                + " normal times");
  }

  @Test
  void servicesNeedAResolverThatKnowsThem() {
    assertThat(problems(OTHER, "endpoints = [ \"srv:_a._tcp.b.test\" ]", /* services= */ false))
        .containsExactly(
            "app.conf:1: endpoints: the operating system resolves no services (srv:); set"
                + " dns.resolver = dns");
  }
}
