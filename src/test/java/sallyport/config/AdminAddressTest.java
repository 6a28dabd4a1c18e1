package sallyport.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.admin.AdminPart;
import sallyport.config.problem.InvalidConfiguration;

/** The address of the admin listener is found where a start finds it, or said not to be found. */
class AdminAddressTest {
  private static final String KEY = "gateway.admin.bind = \"127.0.0.9:9\"\n";

  @TempDir Path folder;

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private String found(String text) throws IOException, InvalidConfiguration {
    return AdminAddress.of(AdminPart.METRICS, write("gateway.conf", text)).bind().toString();
  }

  private List<String> problems(String text) {
    return catchThrowableOfType(InvalidConfiguration.class, () -> found(text)).problems().stream()
        .map(line -> line.replace(folder.toString(), "/c"))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "include \"conf.d/admin.inc\"",
        "include file(\"conf.d/admin.inc\")",
        "include required(file(\"conf.d/admin.inc\"))",
        "include \"conf.d/all\"",
        "include \"gone\"\ninclude \"conf.d/all\"\ninclude url(\"https://a.test/b\")",
        "include classpath(\"reference.conf\")\ngateway.admin.bind = \"127.0.0.9:9\"",
        "include \"gone\"\ngateway { admin { bind = ${b}, hosts = [ ${NOT_SET_BY_ANYBODY} ] } }, b = \"127.0.0.9:9\"",
      })
  void includesAreFoundAsAtAStart(String text) throws Exception {
    write("conf.d/admin.inc", KEY);
    write("conf.d/all.conf", "include file(\"admin.inc\")\ninclude \"../gateway.conf\"\n");
    assertThat(found(text)).isEqualTo("127.0.0.9:9");
  }

  @Test
  void theDefaultIsTakenWhereAllWasRead() throws Exception {
    write("part.conf", "gateway.drain-timeout = 1s");
    assertThat(found("include \"part\"\ngateway.admin.bind = ${?NOT_SET_BY_ANYBODY}"))
        .isEqualTo("127.0.0.1:9901");
  }

  @Test
  void theDefaultIsNotTakenWhereTheAddressMayBeInWhatIsMissing() {
    assertThat(problems("include \"gone\"\ngateway.admin.bind = ${?admin}\n"))
        .containsExactly(
            "/c/gateway.conf:1: include: there is no file 'gone' in '/c'",
            "/c/gateway.conf: admin.bind: is not in what can be read, and may be in what is"
                + " missing; give --url");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway.admin.bind = ${NOT_SET_BY_ANYBODY}", "gateway = ${g} {}"})
  void anAddressThatIsMadeFromWhatIsMissingIsSaidToBe(String text) {
    assertThat(problems(text))
        .containsExactly(
            "/c/gateway.conf: admin.bind: is made from a name that has no value here; give --url");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[]"})
  void aValueThatIsNoAddressIsNotTakenForNone(String value) {
    assertThat(problems("gateway.admin.bind = " + value)).hasSize(1);
  }

  @Test
  void aTextInPlaceOfTheSectionIsNotTakenForNone() {
    assertThat(problems("gateway.admin = 5")).hasSize(1);
  }

  @Test
  void aFileThatCannotBeParsedIsNotRepeatedWhereASecretMayStand() {
    assertThat(problems("gateway.acme.a.passphrase = geheim*77\n").toString())
        .contains("/c/gateway.conf:1: syntax: ")
        .doesNotContain("geheim");
  }
}
