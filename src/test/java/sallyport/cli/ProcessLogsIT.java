package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.cli.command.ExitStatus;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** The logs of a gateway in a process of its own: their readers, their files, and signals. */
@OneLane("writers of logs and handlers of signals have threads of their own")
@Timeout(300)
class ProcessLogsIT {
  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  private void configure() throws IOException {
    Files.writeString(
        fixture.file("gateway.conf"), Setup.to(fixture.origin(r -> r.reply(200, "hello"))).hocon());
  }

  private Script startLogging(Path logback, Path folder, String... arguments) throws IOException {
    return Script.start(
        fixture.folder(),
        Map.of(
            "JAVA_HOME",
            System.getProperty("java.home"),
            "SALLYPORT_JAVA_OPTS",
            "-Dlogback.configurationFile=" + logback,
            "SALLYPORT_LOG_DIR",
            folder.toString()),
        arguments);
  }

  private static InetSocketAddress address(String serving, String listener) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), DemoIT.port(serving, listener));
  }

  private static RawClient.Response get(InetSocketAddress from, String path) throws IOException {
    try (RawClient client = RawClient.plain(from)) {
      return client.get(path).read();
    }
  }

  private static int secure(InetSocketAddress https) throws IOException {
    try (RawClient client = RawClient.tls(https)) {
      return client.get("/").read().status();
    }
  }

  @Test
  void aReaderOfStandardErrorThatStallsStopsNothing() throws Exception {
    configure();
    try (Script gateway = Script.startUnread(fixture.folder(), "run", "-c", "gateway.conf")) {
      String serving = gateway.awaitLine("serving ");
      InetSocketAddress admin = address(serving, "admin");
      // A pipe holds 64 KiB, the writer as much, and 8192 lines wait: more lines than fit.
      for (int connection = 0; connection < 10; connection++) {
        try (RawClient client = RawClient.plain(address(serving, "http"))) {
          for (int i = 0; i < 1000; i++) {
            assertThat(client.get("/" + "x".repeat(500)).read().status()).isEqualTo(301);
          }
        }
      }
      assertThat(secure(address(serving, "https"))).isEqualTo(200);
      assertThat(get(admin, "/healthz").status()).isEqualTo(200);
      assertThat(get(admin, "/readyz").body())
          .startsWith("ready\n")
          .contains("log cannot be written: access, ");
      assertThat(get(admin, "/metrics").body())
          .containsPattern("gateway_log_lines_lost_total\\{log=\"access\"} [1-9]")
          .contains("gateway_log_lines_lost_total{log=\"audit\"} 0.0")
          .contains("gateway_log_writable{log=\"access\"} 0.0");
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
    }
  }

  @Test
  void aFileThatWasMovedIsOpenedAnewOnSigusr1() throws Exception {
    configure();
    Path logback =
        Files.writeString(
            fixture.file("logback.xml"),
            Files.readString(Script.ROOT.resolve("conf/logback.xml"))
                .replaceAll("\\.%d\\.|<keepDays>.*</keepDays>", "."));
    Path logs = fixture.file("logs");
    Path file = logs.resolve("access.jsonl");
    try (Script gateway = startLogging(logback, logs, "run", "-c", "gateway.conf")) {
      InetSocketAddress https = address(gateway.awaitLine("serving "), "https");
      assertThat(secure(https)).isEqualTo(200);
      Eventually.equal("lines of the file", 1, () -> lines(file).size());
      Path moved = Files.move(file, logs.resolve("access.jsonl.1"));
      gateway.signal("USR1");
      Eventually.equal("the file exists", true, () -> Files.exists(file));
      assertThat(secure(https)).isEqualTo(200);
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
      assertThat(lines(moved)).hasSize(1);
      assertThat(lines(file)).hasSize(1);
      assertThat(lines(logs.resolve("audit.jsonl"))).last().asString().contains("\"stopped\"");
    }
  }

  @Test
  void aLogFileThatCannotBeOpenedRefusesTheStartAndFailsTheCheck() throws Exception {
    configure();
    // Not even root makes a folder of it.
    Path logs = Files.writeString(fixture.file("in-the-way"), "").resolve("logs");
    Path logback = Script.ROOT.resolve("conf/logback.xml");
    try (Script gateway = startLogging(logback, logs, "run", "-c", "gateway.conf")) {
      assertThat(gateway.await()).isEqualTo(ExitStatus.BAD_CONFIGURATION);
      assertThat(gateway.out()).isEmpty();
      assertThat(gateway.err().lines())
          .filteredOn(line -> line.startsWith(logback.toString()))
          .hasSize(2)
          .allMatch(line -> line.contains("cannot open " + logs))
          .anyMatch(line -> line.contains("AUDIT_FILE"));
    }
    try (Script check = startLogging(logback, logs, "check", "-c", "gateway.conf")) {
      assertThat(check.out().lines())
          .anyMatch(line -> line.matches("FAIL +audit-log .*cannot open .*"))
          .anyMatch(line -> line.matches("FAIL +access-log .*cannot open .*"));
      assertThat(check.await()).isEqualTo(ExitStatus.NEGATIVE);
    }
  }

  @Test
  void sigquitPrintsNothingToStandardOutputAndTheGatewayGoesOn() throws Exception {
    configure();
    try (Script gateway = Script.start(fixture.folder(), "run", "-c", "gateway.conf")) {
      InetSocketAddress https = address(gateway.awaitLine("serving "), "https");
      gateway.signal("QUIT");
      assertThat(secure(https)).isEqualTo(200);
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
      assertThat(gateway.out()).isEmpty();
      assertThat(gateway.err()).contains("Full thread dump");
    }
  }

  private static List<String> lines(Path path) {
    try {
      return Files.exists(path) ? Files.readAllLines(path) : List.of();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
