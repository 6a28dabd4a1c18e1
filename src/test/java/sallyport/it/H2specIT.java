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

/**
 * The cases of h2spec 2.2.0, an outside judge of HTTP/2 (RFC 7540) and HPACK (RFC 7541).
 *
 * <p>Two of its 146 want a connection error where Netty's codec makes it a stream error: HEADERS on
 * a stream that has closed, which RFC 9113 section 5.1 leaves open (the trailers of a request that
 * was answered early look the same), and a stream identifier that goes backwards, which the codec
 * cannot tell from it. Neither forwards anything.
 */
class H2specIT {
  private static final List<String> MILDER =
      List.of(
          "12: closed: Sends a HEADERS frame",
          "2: Sends stream identifier that is numerically smaller than previous");

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();
  @TempDir Path folder;

  @Test
  void everyCasePassesButTwoThatAreMilder() throws Exception {
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
    assertThat(lines.getLast()).startsWith("146 tests");
    assertThat(lines.stream().dropWhile(line -> !line.startsWith("Failures:")))
        .filteredOn(line -> line.contains("×"))
        .extracting(line -> line.replaceFirst(".*× ", ""))
        .as("%s", String.join("\n", lines))
        .containsExactlyElementsOf(MILDER);
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
