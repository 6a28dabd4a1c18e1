package sallyport.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cli.command.Dispatcher;
import sallyport.credentials.certificates.Certificates;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.CertificateRequest;

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
  @ValueSource(strings = {"demo", "pki", "train", "run", "sidecar", "check", "health", "version"})
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
    assertThat(result.err()).startsWith("sallyport pki: [issue] DIR is missing\n");
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

  @Test
  void pkiIssuesFromOneAuthorityWhatRoleAndNameSay() throws Exception {
    String dir = folder.resolve("pki").toString();

    assertThat(sallyport("pki", "issue", dir, "--name", "a.test", "--role", "backend").out())
        .isEqualTo("issued " + dir + "/a.test.pem\n");
    assertThat(
            sallyport("pki", "issue", dir, "--name=spiffe://c/gw", "--role=client", "--days=9")
                .status())
        .isZero();

    X509Certificate authority = Certificates.readChain(Path.of(dir, "private-ca.pem")).getFirst();
    X509Certificate backend = Certificates.readChain(Path.of(dir, "a.test.pem")).getFirst();
    X509Certificate client = Certificates.readChain(Path.of(dir, "c-gw.pem")).getFirst();
    backend.verify(authority.getPublicKey());
    client.verify(authority.getPublicKey());
    assertThat(backend.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(client.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(backend.getSubjectAlternativeNames()).containsExactly(List.of(2, "a.test"));
    assertThat(client.getSubjectAlternativeNames()).containsExactly(List.of(6, "spiffe://c/gw"));
    assertThat(Duration.between(Instant.now(), client.getNotAfter().toInstant()))
        .isBetween(Duration.ofDays(8), Duration.ofDays(9));
    for (String key : List.of("private-ca.key", "a.test.key", "c-gw.key")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(dir, key))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void pkiIssueOverwritesNothingAndNeedsTheKeyOfItsAuthority() throws Exception {
    String dir = folder.resolve("pki").toString();
    String[] again = {"pki", "issue", dir, "--name", "a.test", "--role", "server"};
    assertThat(sallyport(again).status()).isZero();

    Result second = sallyport(again);
    assertThat(second.status()).isEqualTo(73);
    assertThat(second.err())
        .isEqualTo(dir + "/a.test.pem is in the way; move it, and issue again\n");

    CertificateRequest other = CertificateRequest.of("other");
    CertificateAuthority.create("other").issue(other).writeKey(Path.of(dir, "private-ca.key"));
    Result unfit = sallyport("pki", "issue", dir, "--name", "b.test", "--role", "server");
    assertThat(unfit.status()).isEqualTo(73);
    assertThat(unfit.err()).contains("private-ca.key does not fit private-ca.pem");
    assertThat(Path.of(dir, "b.test.pem")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "issue",
        "a b",
        "a --name a.test",
        "issue a --role client",
        "issue a --name a.test",
        "issue a --name a.test --role user",
        "issue a --name a,b --role client",
        "issue a --name a.test --role client --days 0",
        "issue a --name a.test --role client --days 826"
      })
  void pkiWithOtherWordsIsBadUsage(String words) {
    assertThat(sallyport(("pki " + words).split(" ")).status()).isEqualTo(64);
  }
}
