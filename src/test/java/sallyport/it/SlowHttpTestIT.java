package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.Peers;
import sallyport.testkit.Setup;

/**
 * The four attacks of slowhttptest, an outside judge of patience: those who are slow are ended
 * where a limit says so, and nobody else notices them.
 */
class SlowHttpTestIT {
  private static final int CONNECTIONS = 100;

  /** More than the sockets on the way hold. */
  private static final int LARGE = 20_000_000;

  private static final int PIECES = 200;

  /** A line of the tool's report: what its connections had come to in one second. */
  private record Second(int closed, boolean serviceAvailable) {
    /** Seconds, closed, pending, connected, available: the last is 0 while its probe fails. */
    static Second parse(String line) {
      String[] columns = line.split(",", -1);
      return new Second(Integer.parseInt(columns[1]), !columns[4].equals("0"));
    }
  }

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private void start(String limits) {
    byte[] piece = new byte[LARGE / PIECES];
    Origin origin =
        gateway.origin(
            r -> {
              if (!r.line().contains("/large")) {
                r.reply(200, "hello");
                return;
              }
              r.write("HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
              for (int i = 0; i < PIECES; i++) {
                r.out().write(piece);
              }
            });
    // The tool asks faster than the origin shakes hands; what it waits for is not the point here.
    gateway.start(Setup.to(origin).limits(limits).backend("connect-timeout = 1m"));
  }

  /**
   * Runs the tool, and has a good client ask over either version for as long as it lasts.
   *
   * @return the report, a line a second
   */
  private List<Second> attack(String... arguments) throws Exception {
    Process tool = slowhttptest(arguments);
    int served = 0;
    try (HttpClient http1 = gateway.client(Version.HTTP_1_1);
        HttpClient http2 = gateway.client(Version.HTTP_2)) {
      while (tool.isAlive()) {
        for (HttpClient client : List.of(http1, http2)) {
          HttpResponse<String> response =
              client.send(
                  HttpRequest.newBuilder(gateway.uri("/good")).build(),
                  HttpResponse.BodyHandlers.ofString());
          assertThat(response.statusCode()).isEqualTo(200);
          assertThat(response.body()).isEqualTo("hello");
          served++;
        }
      }
    }
    assertThat(tool.exitValue()).as(Files.readString(gateway.file("out"))).isZero();
    assertThat(served).isPositive();
    List<Second> seconds =
        Files.readAllLines(gateway.file("report.csv")).stream().skip(1).map(Second::parse).toList();
    assertThat(seconds).isNotEmpty().allMatch(Second::serviceAvailable);
    return seconds;
  }

  private Process slowhttptest(String... arguments) throws IOException {
    Peers.demand("slowhttptest");
    List<String> command = new ArrayList<>(List.of("slowhttptest"));
    command.addAll(List.of("-c", Integer.toString(CONNECTIONS), "-r", "50", "-l", "8", "-p", "8"));
    command.addAll(List.of("-g", "-o", gateway.file("report").toString()));
    command.addAll(Arrays.asList(arguments));
    Path out = gateway.file("out");
    Process tool =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    tool.getOutputStream().close();
    gateway.closing(tool::destroy);
    return tool;
  }

  private String url(String path) {
    return gateway.uri(path).toString();
  }

  private long ended(String failure) {
    return gateway.access().all().stream()
        .filter(line -> line.contains("\"failure\":\"" + failure + "\""))
        .count();
  }

  /** Slowloris: heads that never end. */
  @Test
  void headsThatNeverEndAreEnded() throws Exception {
    start("header-timeout = 1s");
    List<Second> report = attack("-H", "-i", "10", "-u", url("/"));
    assertThat(report.getLast().closed()).isPositive();
    assertThat(ended("header_timeout")).isPositive();
  }

  /** R-U-Dead-Yet: a body that comes in drops. */
  @Test
  void bodiesThatStandStillAreEnded() throws Exception {
    start("body-idle-timeout = 1s");
    List<Second> report = attack("-B", "-i", "10", "-s", "8192", "-u", url("/"));
    assertThat(report.getLast().closed()).isPositive();
    assertThat(ended("body_timeout")).isPositive();
  }

  /** Apache killer: more than a thousand overlapping ranges in one request. */
  @Test
  void absurdRangesHarmNobody() throws Exception {
    start("");
    attack("-R", "-t", "GET", "-a", "1", "-b", "1500", "-u", url("/"));
    assertThat(gateway.access().all()).noneMatch(line -> line.contains("\"status\":5"));
  }

  /** Slow read: a small window, and an octet now and then. */
  @Test
  void readersThatHardlyReadAreEnded() throws Exception {
    start("min-response-rate = 64KiB, rate-window = 1s, body-idle-timeout = 3s");
    attack("-X", "-w", "256", "-y", "512", "-n", "2", "-z", "16", "-u", url("/large"));
    // The tool itself does not look whether its connections are closed while it waits to read.
    assertThat(ended("read_too_slow")).isPositive();
  }
}
