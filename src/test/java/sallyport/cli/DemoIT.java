package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.credentials.certificates.Certificates;
import sallyport.testkit.OneLane;
import sallyport.testkit.TestPki;

/**
 * The demo and a gateway with a configuration file, as processes: what they print and how they end.
 */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
class DemoIT {
  @TempDir private Path folder;

  @Test
  void demoServesRedirectsAndItsBackendRefusesStrangers() throws Exception {
    Path pki = folder.resolve("pki");
    try (Script demo =
            Script.start(
                folder,
                "demo",
                "--http-port=0",
                "--https-port=0",
                "--admin-port=0",
                "--certs=" + pki);
        HttpClient client = clientThatTrusts(null)) {
      String serving = demo.awaitLine("serving ");

      try (HttpClient front = clientThatTrusts(pki.resolve("ca.pem"))) {
        HttpResponse<String> hello =
            get(front, "https://localhost:" + port(serving, "https"), "/hello");
        assertThat(hello.statusCode()).isEqualTo(200);
        assertThat(hello.body()).isEqualTo("hello\n");
        assertThat(hello.headers().allValues("strict-transport-security")).hasSize(1);
        assertThat(get(front, "https://localhost:" + port(serving, "https"), "/echo").body())
            .contains("client certificate: CN=gateway as client");
      }
      HttpResponse<String> plain =
          get(client, "http://localhost:" + port(serving, "http"), "/hello?a=b");
      assertThat(plain.statusCode()).isEqualTo(301);
      assertThat(plain.headers().firstValue("location"))
          .hasValue("https://localhost:" + port(serving, "https") + "/hello?a=b");
      try (HttpClient stranger = clientThatTrusts(pki.resolve("backend-ca.pem"))) {
        assertThatThrownBy(
                () -> get(stranger, "https://localhost:" + port(serving, "backend"), "/hello"))
            .isInstanceOf(IOException.class);
      }

      demo.signal("TERM");
      assertThat(demo.await()).isZero();
      assertThat(demo.err().lines().filter(line -> line.startsWith("{\"log\":\"access\"")))
          .satisfiesExactly(
              line ->
                  assertThat(line).contains("\"path\":\"/hello\"", "\"status\":200").endsWith("}"),
              line ->
                  assertThat(line).contains("\"path\":\"/echo\"", "\"status\":200").endsWith("}"),
              line ->
                  assertThat(line).contains("\"path\":\"/hello\"", "\"status\":301").endsWith("}"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void runSaysWhereItServesIsHealthyAndEndsWithZeroOnASignal(String signal) throws Exception {
    try (Script pki = Script.start(folder, "pki", "certs")) {
      assertThat(pki.await()).isZero();
    }
    Files.writeString(folder.resolve("gateway.conf"), configuration("127.0.0.1:0"));
    try (Script gateway = Script.start(folder, "run", "-c", "gateway.conf");
        HttpClient client = clientThatTrusts(null)) {
      String serving = gateway.awaitLine("serving ");
      assertThat(serving)
          .matches("serving http=127\\.0\\.0\\.1:\\d+ https=\\S+:\\d+ admin=\\S+:\\d+");
      assertThat(get(client, "http://localhost:" + port(serving, "admin"), "/healthz").statusCode())
          .isEqualTo(200);

      gateway.signal(signal);
      assertThat(gateway.await()).isZero();
    }
  }

  @Test
  void accessAndAuditLinesGoToFilesByTheConfigurationThatIsSupplied() throws Exception {
    Path logs = folder.resolve("logs");
    Map<String, String> environment =
        Map.of(
            "JAVA_HOME",
            System.getProperty("java.home"),
            "SALLYPORT_JAVA_OPTS",
            "-Dlogback.configurationFile=" + Script.ROOT.resolve("conf/logback.xml"),
            "SALLYPORT_LOG_DIR",
            logs.toString());
    try (Script pki = Script.start(folder, "pki", "certs")) {
      assertThat(pki.await()).isZero();
    }
    Files.writeString(folder.resolve("gateway.conf"), configuration("127.0.0.1:0"));
    try (Script gateway = Script.start(folder, environment, "run", "-c", "gateway.conf");
        HttpClient client = clientThatTrusts(null)) {
      String serving = gateway.awaitLine("serving ");
      get(client, "http://localhost:" + port(serving, "http"), "/filed");
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
    }
    assertThat(linesOf(logs, "access."))
        .singleElement()
        .asString()
        .contains("\"path\":\"/filed\"")
        .endsWith("}");
    assertThat(linesOf(logs, "audit."))
        .anyMatch(line -> line.contains("\"event\":\"started\""))
        .allMatch(line -> line.startsWith("{\"log\":\"audit\"") && line.endsWith("}"));
  }

  private static List<String> linesOf(Path folder, String beginning) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      Path file =
          files
              .filter(each -> each.getFileName().toString().startsWith(beginning))
              .findFirst()
              .orElseThrow();
      return Files.readAllLines(file);
    }
  }

  @Test
  void aHangupSignalTakesUpNewFiles() throws Exception {
    for (String name : List.of("certs", "next")) {
      try (Script pki = Script.start(folder, "pki", name)) {
        assertThat(pki.await()).isZero();
      }
    }
    Files.writeString(
        folder.resolve("gateway.conf"), configuration("127.0.0.1:0") + "gateway.keys.watch = 0s\n");
    try (Script gateway = Script.start(folder, "run", "-c", "gateway.conf")) {
      int port = port(gateway.awaitLine("serving "), "https");
      Certificate first = served(port);
      for (String file : List.of("server.pem", "server.key")) {
        Files.move(
            folder.resolve("next").resolve(file),
            folder.resolve("certs").resolve(file),
            StandardCopyOption.REPLACE_EXISTING);
      }
      gateway.signal("HUP");
      gateway.awaitError("\"event\":\"keys-rotated\"");
      assertThat(served(port)).isNotEqualTo(first);
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
    }
  }

  /** The certificate that is shown now; whether it can be trusted does not matter here. */
  private static Certificate served(int port) throws Exception {
    SSLContext context = TestPki.contextThatTrustsAnybody();
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("localhost", port)) {
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }

  static String configuration(String admin) {
    return """
    gateway {
      listeners {
        http { bind = "127.0.0.1:0", redirect-to = https }
        https {
          bind = "127.0.0.1:0"
          tls.certificates = [ { chain = "certs/server.pem", key = "certs/server.key" } ]
        }
      }
      routes = [ { backend = legacy } ]
      backends.legacy {
        endpoints = [ "127.0.0.1:1" ]
        tls {
          trust = "certs/backend-ca.pem"
          certificate { chain = "certs/client.pem", key = "certs/client.key" }
        }
      }
      admin.bind = "%s"
      lame-duck = 0s
    }
    """
        .formatted(admin);
  }

  /** The port of one listener in the line that says where it serves. */
  static int port(String serving, String name) {
    Matcher matcher = Pattern.compile("\\b" + name + "=\\S*:(\\d+)").matcher(serving);
    assertThat(matcher.find()).as(name + " in " + serving).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  private static HttpResponse<String> get(HttpClient client, String origin, String path)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(origin + path)).timeout(Duration.ofSeconds(60)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** A client without a certificate; null: it needs to trust nobody. */
  private static HttpClient clientThatTrusts(@org.jspecify.annotations.Nullable Path authority)
      throws Exception {
    SSLContext tls =
        authority == null
            ? SSLContext.getDefault()
            : TestPki.context(null, Certificates.readChain(authority).getFirst());
    return HttpClient.newBuilder().sslContext(tls).connectTimeout(Duration.ofSeconds(60)).build();
  }
}
