package sallyport.connect.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.config.backend.BackendConfig.EndpointsFileConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable.Kind;
import sallyport.credentials.rotation.Rotation;
import sallyport.testkit.Backends;
import sallyport.testkit.LogLines;
import sallyport.testkit.Parsed;
import sallyport.testkit.Setup;

/** What is in use after a file of endpoints has changed, or cannot be used. */
class EndpointsFileTest {
  @TempDir Path folder;

  private final BackendConfig backend = Backends.config("endpoints = [ \"z:1\" ]");
  private final KeyOpener keys =
      new KeyOpener(Parsed.of(Setup.to("z:1")).keys(), event -> {}, Clock.systemUTC());
  private Path file = Path.of("");

  @BeforeEach
  void first() throws IOException {
    file = folder.resolve("app.conf");
    write("endpoints = [ \"a:1\", \"b:1\" ]");
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text);
  }

  private EndpointsFile open() {
    List<String> problems = new ArrayList<>();
    EndpointsFile opened = EndpointsFile.open(backend, config(), problems);
    assertThat(problems).isEmpty();
    return Objects.requireNonNull(opened);
  }

  private EndpointsFileConfig config() {
    return new EndpointsFileConfig(
        file,
        /* services= */ true,
        new ConfigLocation("gateway.conf", 7, "backends.app.endpoints-file"));
  }

  private static List<String> names(EndpointsFile opened) {
    return opened.endpoints().stream().map(EndpointConfig::toString).toList();
  }

  private Rotation rotate(EndpointsFile opened) {
    return opened.rotate(keys, /* mayLoosen= */ false);
  }

  private void assertRefused(EndpointsFile opened, String problem) {
    assertThat(rotate(opened))
        .isEqualTo(Rotation.Refused.unusable(List.of(problem.replace("FILE", file.toString()))));
    assertThat(names(opened)).containsExactly("z:1", "a:1", "b:1");
  }

  @Test
  void thoseOfTheConfigurationComeFirst() {
    EndpointsFile opened = open();
    assertThat(names(opened)).containsExactly("z:1", "a:1", "b:1");
    assertThat(opened.files()).containsExactly(file);
    assertThat(opened.kind()).isEqualTo(Kind.ENDPOINTS);
    assertThat(opened.description()).isEqualTo("endpoints file of backend app");
  }

  @Test
  void anotherListIsUsedAndTold() throws IOException {
    EndpointsFile opened = open();
    write("endpoints = [ { address = \"b:1\", weight = 2 }, \"c:1\" ]");
    try (LogLines log = new LogLines(EndpointsFile.class.getName())) {
      assertThat(rotate(opened))
          .isEqualTo(new Rotation.Done(List.of("2 endpoints"), List.of("2 endpoints"), List.of()));
      assertThat(log.all())
          .containsExactly("backend app: '" + file + "' has 2 endpoints; joined: c:1; left: a:1");
    }
    assertThat(names(opened)).containsExactly("z:1", "b:1", "c:1");
    assertThat(opened.endpoints().get(1).weight()).isEqualTo(2);
  }

  @Test
  void theSameListInOtherWordsIsNoChange() throws IOException {
    EndpointsFile opened = open();
    write("{ \"endpoints\": [ { \"address\": \"a:1\" }, \"b:1\" ] }");
    assertThat(rotate(opened)).isEqualTo(new Rotation.Unchanged());
  }

  @Test
  void aFileThatCannotBeUsedLeavesTheLastList() throws IOException {
    EndpointsFile opened = open();
    write("endpoints = [ ]");
    assertRefused(opened, "FILE:1: endpoints: needs at least one HOST:PORT");
    write("");
    assertRefused(opened, "FILE:1: endpoints: is missing");
    write("endpoints = [ \"c:1\", \"d\" ]");
    assertRefused(
        opened, "FILE:1: endpoints: must be HOST:PORT such as legacy.internal:9443, is 'd'");
    Files.delete(file);
    assertRefused(opened, "gateway.conf:7: backends.app.endpoints-file: there is no file 'FILE'");
    write("endpoints = [ \"c:1\" ]");
    assertThat(rotate(opened)).isInstanceOf(Rotation.Done.class);
    assertThat(names(opened)).containsExactly("z:1", "c:1");
  }

  @Test
  void aFileThatAnyUserMayWriteIsRefused() throws IOException {
    EndpointsFile opened = open();
    write("endpoints = [ \"c:1\" ]");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--rw-"));
    assertRefused(
        opened,
        "gateway.conf:7: backends.app.endpoints-file: 'FILE' has the mode rw-r--rw-, so that any"
            + " user may write it: chmod o-w");
    List<String> problems = new ArrayList<>();
    assertThat(EndpointsFile.open(backend, config(), problems)).isNull();
    assertThat(problems).hasSize(1);
    // A group may be the one that deploys.
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
    assertThat(rotate(opened)).isInstanceOf(Rotation.Done.class);
  }

  @Test
  void aFileOfMoreThanOneMebibyteIsRefused() throws IOException {
    EndpointsFile opened = open();
    write("#".repeat(1024 * 1024) + "\nendpoints = [ \"c:1\" ]");
    assertRefused(
        opened, "gateway.conf:7: backends.app.endpoints-file: 'FILE' is larger than 1 MiB");
  }

  @Test
  void aLogLineNamesTenOfThem() throws IOException {
    EndpointsFile opened = open();
    StringBuilder many = new StringBuilder("endpoints = [ \"a:1\", \"b:1\"");
    for (int i = 0; i < 12; i++) {
      many.append(", \"n").append(i).append(":1\"");
    }
    write(many + " ]");
    try (LogLines log = new LogLines(EndpointsFile.class.getName())) {
      rotate(opened);
      assertThat(log.all().getFirst()).endsWith("n8:1, n9:1 and 2 more; left: none");
    }
  }
}
