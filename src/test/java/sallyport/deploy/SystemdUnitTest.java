package sallyport.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The numbers of unit and image beside those of the gateway. DistIT has systemd read the unit. */
class SystemdUnitTest {
  private static final Path UNIT = Path.of("deploy/systemd/sallyport.service");
  private static final Path SIDECAR = Path.of("deploy/systemd/sallyport-sidecar@.service");

  private static List<String> settings(String name) throws IOException {
    return Files.readAllLines(UNIT).stream()
        .filter(line -> line.startsWith(name + "="))
        .map(line -> line.substring(name.length() + 1))
        .toList();
  }

  private static String setting(String name) throws IOException {
    assertThat(settings(name)).as(name).hasSize(1);
    return settings(name).getFirst();
  }

  @Test
  void aStopHasTimeForItsDrain() throws IOException {
    assertThat(setting("TimeoutStopSec")).matches("\\d+s");
    assertThat(Integer.parseInt(setting("TimeoutStopSec").replace("s", "")))
        .isGreaterThan(Defaults.stopSeconds());
  }

  @Test
  void soHasThatOfTheImageByItsDocumentedCommand() throws IOException {
    for (String file : List.of("Dockerfile", "docs/operations.md")) {
      Matcher timeout =
          Pattern.compile("docker run .*--stop-timeout (\\d+) ")
              .matcher(Files.readString(Path.of(file)));
      assertThat(timeout.find()).as(file).isTrue();
      assertThat(Integer.parseInt(timeout.group(1))).isGreaterThan(Defaults.stopSeconds());
    }
  }

  @Test
  void filesSufficeForTheConnectionsOfTheExample() throws IOException {
    // Each has one descriptor, and one more for its backend.
    assertThat(Integer.parseInt(setting("LimitNOFILE")))
        .isGreaterThan(2 * Defaults.number("max-connections").sum());
  }

  @Test
  void badConfigurationIsNotTriedAgainAndAFailedCheckPreventsNoStart() throws IOException {
    assertThat(setting("Restart")).isEqualTo("on-failure");
    assertThat(setting("RestartPreventExitStatus")).isEqualTo("78");
    assertThat(setting("ExecStartPre")).startsWith("-").contains(" check ");
  }

  @Test
  void aRefusedReloadIsAFailureOfTheReload() throws IOException {
    assertThat(setting("ExecReload")).startsWith("/usr/lib/sallyport/bin/sallyport reload ");
  }

  /** What differs is what it runs, and where its options and logs are. */
  @Test
  void aSidecarIsConfinedAsTheGatewayIs() throws IOException {
    List<String> sidecar = lines(SIDECAR);
    List<String> differs =
        lines(UNIT).stream()
            .filter(line -> !sidecar.contains(line))
            .map(line -> line.replaceFirst("=.*", ""))
            .toList();

    assertThat(differs)
        .containsExactlyInAnyOrder(
            "Description",
            "Documentation",
            "WorkingDirectory",
            "Environment",
            "ExecStartPre",
            "ExecStart",
            "ExecReload",
            "RestartPreventExitStatus",
            "LimitNOFILE",
            "ReadWritePaths");
  }

  @Test
  void aSidecarTakesItsOptionsFromItsFileAndIsNotTriedAgainWithWrongOnes() throws IOException {
    assertThat(lines(SIDECAR))
        .contains(
            "EnvironmentFile=/etc/sallyport/sidecar-%i.env",
            "ExecStart=/usr/lib/sallyport/bin/sallyport sidecar --admin ${SALLYPORT_ADMIN} $SALLYPORT_SIDECAR",
            "ExecReload=/usr/lib/sallyport/bin/sallyport reload --url http://${SALLYPORT_ADMIN}",
            "RestartPreventExitStatus=64 78");
    assertThat(Defaults.number("max-connections").max().orElseThrow() * 2).isLessThan(32_768);
  }

  private static List<String> lines(Path unit) throws IOException {
    return Files.readAllLines(unit).stream()
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .toList();
  }
}
