package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read without the library for command lines, and what is left to it. */
class GatewayProcessTest {
  @Test
  void runAloneTakesTheUsualFile() {
    assertThat(GatewayProcess.fileOf(new String[] {"run"})).isEqualTo(Path.of("conf/gateway.conf"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"run -c x.conf", "run --config x.conf", "run -c ./x.conf", "run -c /etc/x.conf"})
  void runWithAFileTakesThatOne(String line) {
    String[] arguments = line.split(" ");
    assertThat(GatewayProcess.fileOf(arguments)).isEqualTo(Path.of(arguments[2]));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "demo",
        "check -c x.conf",
        "run -c",
        "run --help",
        "run x.conf",
        "run -cx.conf",
        "run --config=x.conf",
        "run -c -x",
        "run -c @x",
        "run -c \"x\"",
        "run -c x.conf -c y.conf",
        "run -c x.conf --help",
        "run --conf x.conf"
      })
  void everythingElseIsLeftToTheLibrary(String line) {
    assertThat(GatewayProcess.fileOf(line.isEmpty() ? new String[0] : line.split(" "))).isNull();
  }

  @Test
  void anEmptyNameIsLeftToTheLibrary() {
    assertThat(GatewayProcess.fileOf(new String[] {"run", "-c", ""})).isNull();
  }
}
