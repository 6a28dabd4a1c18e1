package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;

/** The cases of h2spec 2.2.0, an outside judge of HTTP/2 (RFC 7540) and HPACK (RFC 7541). */
@OneLane("One client of another make, one connection at a time.")
class H2specIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();
  @TempDir Path folder;

  @Test
  void everyCasePasses() throws Exception {
    gateway.start(gateway.origin(r -> r.reply(200, "hello")));
    Path report = folder.resolve("report");
    Process h2spec =
        new ProcessBuilder(
                tool().toString(),
                "--tls",
                "--insecure",
                "--strict",
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(gateway.https().getPort()))
            .redirectErrorStream(true)
            .redirectOutput(report.toFile())
            .start();
    assertThat(h2spec.waitFor(180, TimeUnit.SECONDS)).as("h2spec ends").isTrue();
    List<String> lines = Files.readAllLines(report, StandardCharsets.UTF_8);
    assertThat(lines.getLast())
        .as("%s", String.join("\n", lines))
        .isEqualTo("146 tests, 146 passed, 0 skipped, 0 failed");
  }

  private Path tool() throws IOException, InterruptedException {
    Path archive = folder.resolve("h2spec.tar.gz");
    try (InputStream in =
        Objects.requireNonNull(
            H2specIT.class.getResourceAsStream("/h2spec/2.2.0/h2spec_linux_amd64.tar.gz"))) {
      Files.copy(in, archive);
    }
    Process tar =
        new ProcessBuilder("tar", "-xzf", archive.toString(), "-C", folder.toString())
            .inheritIO()
            .start();
    assertThat(tar.waitFor()).isZero();
    return folder.resolve("h2spec");
  }
}
