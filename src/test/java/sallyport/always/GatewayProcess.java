package sallyport.always;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import sallyport.testkit.Signals;

/** Gateway in a process of its own, which looks for lost buffers. */
final class GatewayProcess implements AutoCloseable {
  /** The name of its configuration, in its folder. */
  static final String CONFIGURATION = "gateway.conf";

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Process process;
  private final String serving;
  private final Path errors;
  private final HttpClient admin = HttpClient.newHttpClient();

  private GatewayProcess(Process process, String serving, Path errors) {
    this.process = process;
    this.serving = serving;
    this.errors = errors;
  }

  /** Starts it, and returns once it serves. */
  static GatewayProcess start(Path folder) throws IOException {
    Path errors = Files.createTempFile(folder, "gateway", ".err");
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx256m",
                "-Dio.netty.leakDetection.level=paranoid",
                "-cp",
                System.getProperty("java.class.path"),
                "sallyport.cli.Main",
                "run",
                "-c",
                folder.resolve(CONFIGURATION).toString())
            .redirectError(errors.toFile())
            .start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line;
    do {
      line = out.readLine();
      if (line == null) {
        throw new IOException("the gateway did not start: " + Files.readString(errors));
      }
    } while (!line.startsWith("serving "));
    return new GatewayProcess(process, line, errors);
  }

  /** Where a listener is. */
  InetSocketAddress address(String listener) {
    Matcher port = Pattern.compile("\\b" + listener + "=\\S*:(\\d+)").matcher(serving);
    assertThat(port.find()).as(listener + " in " + serving).isTrue();
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)));
  }

  // ---- admin

  /** Asks it to read its configuration and certificates again; fails where it refuses. */
  String reload() {
    HttpResponse<String> response =
        ask("/reload?allow-weaken=test", HttpRequest.newBuilder().POST(BodyPublishers.noBody()));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  /** The sum of a metric over all series that have these tags. */
  double metric(String name, String... tags) {
    return ask("/metrics", HttpRequest.newBuilder())
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .filter(line -> Stream.of(tags).allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private HttpResponse<String> ask(String path, HttpRequest.Builder request) {
    try {
      return admin.send(
          request
              .uri(URI.create("http://127.0.0.1:" + address("admin").getPort() + path))
              .timeout(PATIENCE)
              .build(),
          BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  // ---- the process

  /** Its open descriptors, as the kernel has them. */
  int descriptors() {
    try (Stream<Path> open = Files.list(Path.of("/proc", String.valueOf(process.pid()), "fd"))) {
      return (int) open.count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Has it collect garbage, which is how lost buffers are noticed, and use buffers, which tells.
   */
  void collectGarbage() throws IOException, InterruptedException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    for (int i = 0; i < 2; i++) {
      Process collect =
          new ProcessBuilder(jcmd.toString(), String.valueOf(process.pid()), "GC.run")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(collect.waitFor()).isZero();
      metric("gateway_buffers_used_bytes");
    }
  }

  /** Ends it by SIGTERM. */
  void stop() throws IOException, InterruptedException {
    Signals.send("TERM", Stream.of(process.toHandle()));
    awaitEnd();
  }

  /** Returns once it has ended as it should, and lost no buffer. */
  void awaitEnd() throws IOException, InterruptedException {
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("it ends").isTrue();
    String said = Files.readString(errors);
    assertThat(process.exitValue()).as(said).isZero();
    assertThat(said).doesNotContain("LEAK");
  }

  @Override
  public void close() {
    process.destroyForcibly();
    admin.close();
  }
}
