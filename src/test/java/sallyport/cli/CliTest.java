package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cli.command.Dispatcher;
import sallyport.cli.process.BoundAddresses;
import sallyport.tools.pki.DevelopmentPki;

/**
 * Exit statuses and messages of the product's commands; what only a process can show is in the ITs.
 */
class CliTest {
  /** What a command left behind. */
  private record Result(int status, String out, String err) {}

  private static Result sallyport(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status =
        new Dispatcher(Main.COMMANDS)
            .execute(args, new PrintWriter(out, true), new PrintWriter(err, true));
    return new Result(status, out.toString(), err.toString());
  }

  @TempDir private Path folder;

  @Test
  void versionNamesTheProductAndTheTlsLibraryAndClaimsNoValidation() {
    Result result = sallyport("version");

    assertThat(result.status()).isZero();
    assertThat(result.out())
        .startsWith("sallyport ")
        .contains("Java 2", "Netty 4.2", "BoringSSL", "not a FIPS validated module");
    assertThat(result.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run", "sidecar", "check", "health", "status", "reload", "drain", "undrain", "version"
      })
  void everyCommandExplainsItself(String command) {
    Result result = sallyport(command, "--help");

    assertThat(result.status()).isZero();
    assertThat(result.out()).startsWith("Usage: sallyport " + command);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void helpListsEveryCommand() {
    Result result = sallyport("--help");

    assertThat(result.status()).isZero();
    assertThat(result.out())
        .contains(
            "run", "sidecar", "check", "health", "status", "reload", "drain", "undrain", "version")
        .doesNotContain("demo", "pki", "train");
  }

  @Test
  void anUnknownCommandIsBadUsage() {
    Result result = sallyport("serve");

    assertThat(result.status()).isEqualTo(64);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("'serve'").endsWith("Try 'sallyport --help'.\n");
  }

  @Test
  void noCommandIsBadUsage() {
    assertThat(sallyport().status()).isEqualTo(64);
  }

  @Test
  void anUnknownOptionIsBadUsageAndTheCommandsOwnHelpIsNamed() {
    Result result = sallyport("run", "--port", "1");

    assertThat(result.status()).isEqualTo(64);
    assertThat(result.err()).contains("'--port'").endsWith("Try 'sallyport run --help'.\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "check"})
  void aConfigurationFileThatIsNotThereIsABadConfiguration(String command) {
    Path missing = folder.resolve("missing.conf");

    Result result = sallyport(command, "-c", missing.toString());

    assertThat(result.status()).isEqualTo(78);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines()).singleElement().asString().contains(missing.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "check"})
  void everyProblemOfABadConfigurationIsALineOnStandardErrorAndNothingElse(String command)
      throws IOException {
    Path bad = folder.resolve("bad.conf");
    Files.writeString(
        bad,
        """
        gateway {
          listeners.http { bind = "127.0.0.1:0", redirect-to = nowhere }
          colour = blue
        }
        """);

    Result result = sallyport(command, "-c", bad.toString());

    assertThat(result.status()).isEqualTo(78);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines())
        .hasSizeGreaterThanOrEqualTo(2)
        .allMatch(line -> line.startsWith(bad.toString()));
    assertThat(sallyport(command, "--config=" + bad)).isEqualTo(result);
  }

  @Test
  void runSaysWhichAddressItCannotBind() throws IOException {
    DevelopmentPki.create(folder);
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      Path config = Files.writeString(folder.resolve("gateway.conf"), gatewayOn(folder, address));

      Result result = sallyport("run", "-c", config.toString());

      assertThat(result.status()).as(result.err()).isEqualTo(71);
      assertThat(result.out()).isEmpty();
      assertThat(result.err().lines()).singleElement().asString().contains(address);
    }
  }

  @Test
  void healthSaysNoWhereNothingServes() throws IOException {
    DevelopmentPki.create(folder);
    Path config =
        Files.writeString(folder.resolve("gateway.conf"), gatewayOn(folder, "127.0.0.1:0"));

    Result result = sallyport("health", "-c", config.toString());

    assertThat(result.status()).as(result.err()).isEqualTo(1);
    assertThat(result.out()).startsWith("http://127.0.0.1:1/healthz: ");
  }

  @Test
  void healthReadsTheAddressAloneOfAConfigurationThatIsWrong() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("gateway.conf"),
            gatewayOn(folder, "127.0.0.1:0") + "gateway { colour = blue, key = ${NOT_SET} }");

    Result result = sallyport("health", "-c", config.toString());

    assertThat(result.status()).as(result.err()).isEqualTo(1);
    assertThat(result.out()).startsWith("http://127.0.0.1:1/healthz: ");
    assertThat(result.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gateway {", "gateway.admin.bind = nowhere", "gateway.admin.bind = \"[::]:0\""})
  void healthWithNowhereToAskIsNoAndSaysWhy(String hocon) throws IOException {
    Path config = Files.writeString(folder.resolve("gateway.conf"), hocon);

    Result result = sallyport("health", "-c", config.toString());

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith(config + ":");
  }

  @Test
  void healthOfAFileThatIsNotThereIsNoAndSaysSo() {
    Result result = sallyport("health", "-c", folder.resolve("none.conf").toString());

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("none.conf: cannot be read: there is no such file");
  }

  @Test
  void healthAsksTheUrlThatItIsGivenAndReadsNoConfiguration() {
    Result ready = sallyport("health", "--ready", "--url", "http://127.0.0.1:1", "-c", "none.conf");
    assertThat(ready.status()).isEqualTo(1);
    assertThat(ready.out()).startsWith("http://127.0.0.1:1/readyz: ");

    Result wrong = sallyport("health", "--url", "127.0.0.1:1");
    assertThat(wrong.status()).isEqualTo(1);
    assertThat(wrong.err()).startsWith("--url: must be a URL such as http://127.0.0.1:9901");
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "reload", "drain off", "drain a:1", "undrain a:1"})
  void aCommandToAGatewayThatIsNotThereSaysSo(String command) {
    Result result = sallyport((command + " --url http://127.0.0.1:1").split(" "));

    assertThat(result.status()).isEqualTo(69);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("no gateway answers at 127.0.0.1:1: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "drain",
        "undrain",
        "drain a:1 b:1",
        "status now",
        "status --format xml",
        "status --url 127.0.0.1:9901",
        "status --url ftp://127.0.0.1:9901",
        "status --url http://127.0.0.1:9901/status",
        "undrain a:1 --force"
      })
  void aCommandToAGatewayWithOtherWordsIsBadUsage(String command) {
    assertThat(sallyport(command.split(" ")).status()).isEqualTo(64);
  }

  /** A gateway that could run, were it not for port 1, on which no admin listener answers. */
  private static String gatewayOn(Path pki, String https) {
    return """
    gateway {
      listeners.https {
        bind = "%s"
        tls.certificates = [ { chain = "PKI/server.pem", key = "PKI/server.key" } ]
      }
      routes = [ { host = "*", path = "/", backend = legacy } ]
      backends.legacy {
        endpoints = [ "127.0.0.1:1" ]
        tls {
          trust = "PKI/backend-ca.pem"
          certificate { chain = "PKI/client.pem", key = "PKI/client.key" }
          server-name = legacy.internal
        }
      }
      admin.bind = "127.0.0.1:1"
    }
    """
        .formatted(https)
        .replace("PKI", pki.toString());
  }

  @Test
  void boundAddressesAreWrittenAsTheyAreTypedIntoABrowser() throws IOException {
    var addresses = new LinkedHashMap<String, InetSocketAddress>();
    addresses.put("http", new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 8080));
    addresses.put("https", new InetSocketAddress(InetAddress.ofLiteral("::1"), 8443));

    assertThat(BoundAddresses.toText(addresses)).isEqualTo("http=0.0.0.0:8080 https=[::1]:8443");
  }
}
