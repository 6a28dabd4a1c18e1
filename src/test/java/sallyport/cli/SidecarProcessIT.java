package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LocalOrigin;
import sallyport.testkit.OneLane;
import sallyport.testkit.PageCommands;

/** Sidecars as processes, by the commands of docs/legacy.md. */
@OneLane("The sidecar is a process of its own, with one event loop.")
class SidecarProcessIT {
  private static final String PAGE = "legacy.md";
  private static final Pattern DIGEST = Pattern.compile("\"sha256\":\"([0-9a-f]{64})\"");
  private static final int BODY = 1024 * 1024;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  @TempDir private Path folder;

  /** The certificates of the page, in the folder that its commands name. */
  private void issue() throws Exception {
    for (String command : PageCommands.of(PAGE, "bin/sallyport pki")) {
      try (Script pki = start(Map.of(), words(command))) {
        assertThat(pki.await()).as(pki.err()).isZero();
      }
    }
  }

  private static List<String> words(String command) {
    List<String> words = List.of(command.split(" ", -1));
    return words.subList(1, words.size());
  }

  private Script start(Map<String, String> more, List<String> words) throws Exception {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    return Script.start(folder, environment, words.toArray(String[]::new));
  }

  /** The sidecar of the page, before a service of the test's own, at a port that is free. */
  private List<String> sidecar(String to) throws Exception {
    String command = PageCommands.of(PAGE, "bin/sallyport sidecar").getFirst();
    assertThat(command).contains(" 0.0.0.0:9443 ", " 127.0.0.1:8080 ");
    return words(command.replace("0.0.0.0:9443", "127.0.0.1:0").replace("127.0.0.1:8080", to));
  }

  private LocalOrigin service() throws Exception {
    return gateway.closing(LocalOrigin.at("127.0.0.1", line -> LocalOrigin.ok("served")));
  }

  /** A gateway whose backend is the sidecar. */
  private void startGateway(int port) {
    gateway.startWith(
        """
        gateway {
          listeners.https {
            bind = "127.0.0.1:0"
            tls.certificates = [ { chain = server.pem, key = server.key } ]
          }
          routes = [ { backend = legacy } ]
          backends.legacy {
            endpoints = [ "127.0.0.1:%1$d" ]
            tls {
              trust = "%2$s/certs/private-ca.pem"
              certificate {
                chain = "%2$s/certs/gateway.clinic.internal.pem"
                key = "%2$s/certs/gateway.clinic.internal.key"
              }
              server-name = legacy.internal
            }
          }
          admin.bind = "127.0.0.1:0"
        }
        """
            .formatted(port, folder));
  }

  @Test
  void theRecipeServesBehindAGatewayInItsSmallHeap() throws Exception {
    issue();
    LocalOrigin service = service();
    try (Script sidecar =
        start(
            Map.of("SALLYPORT_JAVA_OPTS", "-Xlog:gc+init:file=" + folder.resolve("gc.log")),
            sidecar(service.address()))) {
      startGateway(DemoIT.port(sidecar.awaitLine("serving "), "sidecar"));

      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      HttpClient client = gateway.client(HttpClient.Version.HTTP_2);
      for (int i = 0; i < 60; i++) {
        answers.add(
            client.sendAsync(
                HttpRequest.newBuilder(gateway.uri("/" + i))
                    .timeout(Duration.ofSeconds(50))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[BODY]))
                    .build(),
                HttpResponse.BodyHandlers.ofString()));
      }
      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        assertThat(answer.join().statusCode()).isEqualTo(200);
        assertThat(answer.join().body()).isEqualTo("served");
      }

      assertThat(folder.resolve("gc.log"))
          .content()
          .contains("Heap Max Capacity: 64M")
          .doesNotContain("G1");
      sidecar.signal("TERM");
      assertThat(sidecar.await()).isZero();
    }
  }

  @Test
  void whatPrintPrintsRunsAsTheSameConfiguration() throws Exception {
    issue();
    List<String> command = sidecar(service().address());
    String digest = "";
    try (Script sidecar = start(Map.of(), command)) {
      sidecar.awaitLine("serving ");
      sidecar.signal("TERM");
      assertThat(sidecar.await()).isZero();
      digest = digest(sidecar.err());
    }
    List<String> printing = new ArrayList<>(command);
    printing.add("--print");
    // Elsewhere: it names files as the command found them.
    Path file = Files.createDirectories(folder.resolve("other")).resolve("sidecar.conf");
    try (Script print = start(Map.of(), printing)) {
      Files.writeString(file, print.out());
      assertThat(print.err()).isEmpty();
      assertThat(print.await()).isZero();
    }

    try (Script run = start(Map.of(), List.of("run", "-c", file.toString()))) {
      startGateway(DemoIT.port(run.awaitLine("serving "), "sidecar"));
      assertThat(gateway.get(HttpClient.Version.HTTP_1_1, "/a").body()).isEqualTo("served");
      run.signal("TERM");
      assertThat(run.await()).isZero();
      assertThat(digest(run.err())).isEqualTo(digest);
    }
  }

  private static String digest(String log) {
    Matcher found =
        DIGEST.matcher(
            log.lines()
                .filter(line -> line.contains("\"event\":\"started\""))
                .findFirst()
                .orElseThrow());
    assertThat(found.find()).as(log).isTrue();
    return found.group(1);
  }

  @Test
  void aHangupSignalTakesUpNewFiles() throws Exception {
    issue();
    try (Script sidecar = start(Map.of(), sidecar(service().address()))) {
      sidecar.awaitLine("serving ");
      for (String file : List.of("legacy.internal.pem", "legacy.internal.key")) {
        Files.move(folder.resolve("certs").resolve(file), folder.resolve(file));
      }
      try (Script pki =
          start(
              Map.of(),
              List.of("pki", "issue", "certs", "--name", "legacy.internal", "--role", "backend"))) {
        assertThat(pki.await()).isZero();
      }
      sidecar.signal("HUP");
      sidecar.awaitError("\"event\":\"keys-rotated\"");
      sidecar.signal("TERM");
      assertThat(sidecar.await()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.1:80 | is an address of a network",
        "localhost:80 | is a name",
        "[::ffff:127.0.0.1]:80 | is an IPv4 address in the form of IPv6",
      })
  void aServiceThatIsNotOnThisMachineEndsItWith78(String to, String reason) throws Exception {
    try (Script sidecar = start(Map.of(), sidecar(to))) {
      assertThat(sidecar.err()).startsWith("--to: '" + to + "' " + reason);
      assertThat(sidecar.out()).isEmpty();
      assertThat(sidecar.await()).isEqualTo(78);
    }
  }

  /** By the page's command; the partner is a sidecar too. */
  @Test
  void aProgramWithoutTlsReachesAServiceBehindTwoSidecars() throws Exception {
    issue();
    LocalOrigin service = service();
    try (Script partner = start(Map.of(), sidecar(service.address()))) {
      int port = DemoIT.port(partner.awaitLine("serving "), "sidecar");
      String command = PageCommands.of(PAGE, "bin/sallyport sidecar").getLast();
      assertThat(command).contains(" --client ", " 127.0.0.1:8081 ", " partner.example:443 ");
      List<String> words =
          new ArrayList<>(
              words(
                  command
                      .replace("127.0.0.1:8081", "127.0.0.1:0")
                      .replace("partner.example:443", "127.0.0.1:" + port)));
      words.addAll(List.of("--server-name", "legacy.internal"));
      try (Script outgoing = start(Map.of(), words)) {
        int plain = DemoIT.port(outgoing.awaitLine("serving "), "sidecar");
        try (HttpClient program = HttpClient.newHttpClient()) {
          HttpResponse<String> answer =
              program.send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + plain + "/x")).build(),
                  HttpResponse.BodyHandlers.ofString());
          assertThat(answer.statusCode()).isEqualTo(200);
          assertThat(answer.body()).isEqualTo("served");
        }
        assertThat(service.take()).startsWith("GET /x ").contains("legacy.internal");
      }
    }
  }
}
