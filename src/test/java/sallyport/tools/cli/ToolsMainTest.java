package sallyport.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cli.command.Dispatcher;

/** Exit statuses and messages of the tools; what only a process can show is in the ITs. */
class ToolsMainTest {
  /** What a command left behind. */
  private record Result(int status, String out, String err) {}

  private static Result sallyport(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status =
        new Dispatcher(ToolsMain.commands())
            .execute(args, new PrintWriter(out, true), new PrintWriter(err, true));
    return new Result(status, out.toString(), err.toString());
  }

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"demo", "pki", "train", "run", "check", "health", "version"})
  void everyCommandExplainsItself(String command) {
    Result result = sallyport(command, "--help");

    assertThat(result.status()).isZero();
    assertThat(result.out()).startsWith("Usage: sallyport " + command);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void helpListsTheCommandsForPeople() {
    Result result = sallyport("--help");

    assertThat(result.status()).isZero();
    assertThat(result.out())
        .contains("\n  run ", "\n  check ", "\n  health ", "\n  version ")
        .contains("\n  demo ", "\n  pki ")
        .doesNotContain("train");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https", "-1", "65536", ""})
  void aPortThatIsNoneIsBadUsage(String port) {
    Result result = sallyport("demo", "--https-port=" + port);

    assertThat(result.status()).isEqualTo(64);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("--https-port").endsWith("Try 'sallyport demo --help'.\n");
  }

  @Test
  void pkiWithoutAFolderIsBadUsage() {
    Result result = sallyport("pki");

    assertThat(result.status()).isEqualTo(64);
    assertThat(result.err()).startsWith("sallyport pki: DIR is missing\n");
  }

  @Test
  void pkiWritesTheFolder() {
    Result result = sallyport("pki", folder.resolve("dev").toString());

    assertThat(result.status()).isZero();
    assertThat(folder.resolve("dev/ca.pem")).exists();
    assertThat(result.out()).contains(folder.resolve("dev").toString());
  }

  @Test
  void pkiSaysThatItCannotWrite() throws IOException {
    Path file = Files.createFile(folder.resolve("in-the-way"));

    Result result = sallyport("pki", file.resolve("dev").toString());

    assertThat(result.status()).isEqualTo(73);
    assertThat(result.err()).startsWith(file + "/dev: cannot write the development PKI");
  }
}
