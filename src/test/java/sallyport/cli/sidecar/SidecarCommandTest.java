package sallyport.cli.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cli.command.Dispatcher;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.testkit.TestPki;

/** The configuration that options stand for, and the values that are refused. */
class SidecarCommandTest {
  private record Result(int status, String out, String err) {}

  @TempDir private Path folder;

  @BeforeEach
  void files() {
    TestPki.writeTo(folder);
  }

  private static Result sallyport(List<String> words) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status =
        new Dispatcher(List.of(new SidecarCommand()))
            .execute(
                words.toArray(String[]::new),
                new PrintWriter(out, true),
                new PrintWriter(err, true));
    return new Result(status, out.toString(), err.toString());
  }

  private List<String> command(String listen, String to, String... more) {
    List<String> words = new ArrayList<>(List.of("sidecar", "--listen", listen, "--to", to));
    for (String[] file :
        new String[][] {
          {"--certificate", "server.pem"}, {"--key", "server.key"}, {"--trust", "backend-ca.pem"}
        }) {
      words.addAll(List.of(file[0], folder.resolve(file[1]).toString()));
    }
    words.addAll(List.of(more));
    return words;
  }

  private Result sidecar(String to, String... more) {
    return sallyport(command("127.0.0.1:0", to, more));
  }

  private GatewayConfig printed(String listen, String to, String... more) throws Exception {
    List<String> words = command(listen, to, more);
    words.add("--print");
    Result printed = sallyport(words);
    assertThat(printed.err()).isEmpty();
    assertThat(printed.status()).isZero();
    return GatewayConfig.load(Files.writeString(folder.resolve("printed.conf"), printed.out()));
  }

  @Test
  void itDemandsTheCertificatesOfAllowAndForwardsToOneAddress() throws Exception {
    GatewayConfig config =
        printed(
            "0.0.0.0:9443",
            "unix:/run/app/app.sock",
            "--allow",
            "Gateway.clinic.internal",
            "spiffe://clinic/gw",
            "--allow",
            "sha256:" + "ab".repeat(32),
            "--peer-user",
            "0",
            "--trusted-proxies",
            "10.0.0.5/32",
            "--preset",
            "dicomweb");

    assertThat(config.listeners().values())
        .singleElement()
        .isInstanceOfSatisfying(
            ListenerConfig.HttpProxy.class,
            listener -> {
              assertThat(listener.bind()).hasToString("0.0.0.0:9443");
              ClientAuthConfig clients = listener.tls().clientAuth();
              assertThat(clients.mode()).isEqualTo(ClientAuthConfig.Mode.REQUIRED);
              assertThat(clients.allow())
                  .isEqualTo(
                      Set.of(
                          "dns:gateway.clinic.internal",
                          "uri:spiffe://clinic/gw",
                          "sha256:" + "ab".repeat(32)));
            });
    assertThat(Objects.requireNonNull(config.backends().get("service")).endpoints())
        .singleElement()
        .extracting(endpoint -> endpoint.address().toString())
        .isEqualTo("unix:/run/app/app.sock");
    assertThat(config.runtime().workers()).isEqualTo(1);
    assertThat(config.routes().getFirst().responseTimeout()).hasMinutes(10);
  }

  @Test
  void aStreamHasNoRoutes() throws Exception {
    GatewayConfig config =
        printed("127.0.0.1:0", "127.0.0.1:2575", "--allow", "a.test", "--tcp", "--idle", "12h");

    assertThat(config.routes()).isEmpty();
    assertThat(config.streams())
        .singleElement()
        .satisfies(stream -> assertThat(stream.stream().idle()).hasHours(12));
  }

  @Test
  void aClientIsPlainOnLoopbackAndVerifiesItsPartner() throws Exception {
    GatewayConfig config =
        printed("[::1]:0", "10.0.0.9:8443", "--client", "--server-name", "partner.example");

    assertThat(config.listeners().values())
        .singleElement()
        .isInstanceOf(ListenerConfig.LocalProxy.class);
    assertThat(
            Objects.requireNonNull(config.backends().get("service"))
                .tls()
                .orElseThrow()
                .serverName())
        .isEqualTo("partner.example");
    assertThat(config.routes().getFirst().rewrite().host()).isEqualTo("partner.example");
  }

  /** Whether the configuration is accepted does not matter here. */
  @Test
  void aClientOfStreamsIsAPlainListenerThatForwards() {
    List<String> words = command("127.0.0.1:2575", "partner.example:2575", "--client", "--tcp");
    words.add("--print");

    assertThat(sallyport(words).out())
        .contains("plain = local\n", "forward-to = service", "\"partner.example:2575\"")
        .doesNotContain("routes", "server-name");
  }

  @Test
  void namesOfFilesAreAbsoluteAndQuoted() throws Exception {
    Path odd = Files.createDirectories(folder.resolve("a \"b\" ${c} \\d"));
    TestPki.writeTo(odd);
    String out =
        sallyport(
                List.of(
                    ("sidecar|--print|--listen|127.0.0.1:0|--to|127.0.0.1:80|--allow|a.test|--trust|"
                            + "relative.pem|--certificate|"
                            + odd.resolve("server.pem")
                            + "|--key|"
                            + odd.resolve("server.key"))
                        .split("\\|", -1)))
            .out();
    String absolute = Path.of("relative.pem").toAbsolutePath().toString();

    assertThat(out).contains("\"" + absolute + "\"");
    GatewayConfig config =
        GatewayConfig.parse(
            out.replace(absolute, folder.resolve("ca.pem").toString()), Path.of(""), "sidecar");
    assertThat(config.certificates()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.1:80            | is an address of a network",
        "localhost:80           | is a name, and a hosts file or DNS says where a name leads",
        "[::ffff:127.0.0.1]:80  | is an IPv4 address in the form of IPv6",
        "::ffff:127.0.0.1:80    | is not an address with a port",
        "::ffff:127.0.0.1       | must be 127.0.0.1:PORT, [::1]:PORT or unix:/PATH",
        "0.0.0.0:80             | stands for all addresses",
        "127.1:80               | is not four decimal numbers",
        "127.0.0.1:0            | needs the port of the service",
        "unix:app.sock          | must be unix: and an absolute path",
      })
  void whatIsNotOnThisMachineIsRefusedWithTheReason(String to, String reason) {
    Result result = sidecar(to, "--allow", "gateway.test");

    assertThat(result.status()).isEqualTo(78);
    assertThat(result.err().lines())
        .singleElement()
        .asString()
        .startsWith("--to: ")
        .contains(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "*.clinic.internal", "dns:*.a", "dns:", "cn:gateway", "10.0.0.5 "})
  void anAllowedNameIsExact(String name) {
    Result result = sidecar("127.0.0.1:80", "--allow", name);

    assertThat(result.status()).isEqualTo(78);
    assertThat(result.err()).startsWith("--allow: '" + name + "' is not one of");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0:80", "localhost:80", "unix:/a.sock", "10.0.0.1:80"})
  void aClientListensOnLoopbackAlone(String listen) {
    Result result = sallyport(command(listen, "partner.example:443", "--client"));

    assertThat(result.status()).isEqualTo(78);
    assertThat(result.err()).startsWith("--listen: ");
  }

  @Test
  void everyProblemIsALine() {
    Result result = sallyport(command("nowhere", "localhost:80", "--allow", "*", "--admin", "x"));

    assertThat(result.status()).isEqualTo(78);
    assertThat(result.err().lines().map(line -> line.replaceFirst(": .*", "")))
        .containsExactlyInAnyOrder("--listen", "--to", "--allow", "--admin");
  }

  static Stream<List<String>> badUsage() {
    return Stream.of(
        List.of(),
        List.of("--allow"),
        List.of("--client", "--allow", "a.test"),
        List.of("--client", "--peer-user", "0"),
        List.of("--client", "--trusted-proxies", "::/0"),
        List.of("--allow", "a.test", "--server-name", "b.test"),
        List.of("--allow", "a.test", "--idle", "1h"),
        List.of("--allow", "a.test", "--tcp", "--preset", "sse"),
        List.of("--allow", "a.test", "--tcp", "--tcp"),
        List.of("--allow", "a.test", "--to", "127.0.0.1:81"));
  }

  @ParameterizedTest
  @MethodSource("badUsage")
  void optionsThatDoNotGoTogetherAreBadUsage(List<String> more) {
    Result result = sidecar("127.0.0.1:80", more.toArray(String[]::new));

    assertThat(result.status()).isEqualTo(64);
    assertThat(result.err()).startsWith("sallyport sidecar: ").contains("--");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--listen", "--to", "--certificate", "--key", "--trust"})
  void anOptionThatIsMissingIsNamed(String option) {
    List<String> words = command("127.0.0.1:0", "127.0.0.1:80", "--allow", "a.test");
    int at = words.indexOf(option);
    words.subList(at, at + 2).clear();

    Result result = sallyport(words);

    assertThat(result.status()).isEqualTo(64);
    assertThat(result.err())
        .startsWith("sallyport sidecar: " + option + " ")
        .contains(" is missing");
  }

  /** Those are the problems of a configuration: the text that it is made of has the line. */
  @Test
  void whatTheConfigurationRefusesNamesItsLine() {
    Result result =
        sidecar("127.0.0.1:80", "--allow", "a.test", "--trusted-proxies", "10.0.0.0/99");

    assertThat(result.status()).isEqualTo(78);
    assertThat(result.err()).matches("sidecar:\\d+: listeners\\.sidecar\\.trusted-proxies: .*\n");
  }
}
