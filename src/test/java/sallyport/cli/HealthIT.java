package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.OneLane;

/** The health check from the shell: what it asks, what it needs for that, and when a JVM asks. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
class HealthIT {
  @TempDir private Path folder;

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private HttpServer admin;

  @BeforeEach
  void serve() throws IOException {
    admin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    admin.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          asked.add(path + " at " + exchange.getRequestHeaders().getFirst("Host"));
          exchange.sendResponseHeaders(path.equals("/readyz") ? 503 : 200, -1);
          exchange.close();
        });
    admin.start();
  }

  @AfterEach
  void stop() {
    admin.stop(0);
  }

  private String address() {
    return "127.0.0.1:" + admin.getAddress().getPort();
  }

  private void configure(String hocon) throws IOException {
    Files.createDirectories(folder.resolve("conf"));
    Files.writeString(folder.resolve("conf/gateway.conf"), hocon.replace("ADDRESS", address()));
  }

  /** Where no JDK is to be found, no JVM can have asked. */
  private Script withoutJdk(String... arguments) throws IOException {
    return Script.start(
        folder, Map.of("SALLYPORT_JDK_DIRS", "", "JAVA_HOME", "", "PATH", path()), arguments);
  }

  /** The tools of the shell, without a Java. */
  private String path() throws IOException {
    Path tools = Files.createDirectories(folder.resolve("tools"));
    for (String tool : List.of("sh", "bash", "timeout", "readlink")) {
      Path link = tools.resolve(tool);
      if (Files.notExists(link)) {
        Files.createSymbolicLink(link, Path.of("/bin").toRealPath().resolve(tool));
      }
    }
    return tools.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gateway {\n  admin { bind = \"ADDRESS\" }   # metrics\n}\n",
        "gateway {\n  admin {\n    # here\n    bind = \"ADDRESS\"  # and no more\n  }\n}\n",
        "gateway.admin.bind = \"ADDRESS\"",
        "gateway {\n  hsts.include-subdomains = true\n  colour = [ nonsense\n"
            + "  admin.bind = \"ADDRESS\"\n",
      })
  void withTheAddressPlainToSeeNoJvmIsNeeded(String hocon) throws Exception {
    configure(hocon);
    try (Script health = withoutJdk("health")) {
      assertThat(health.out()).isEqualTo("http://" + address() + "/healthz: 200\n");
      assertThat(health.await()).isZero();
    }
    assertThat(asked).containsExactly("/healthz at " + address());
  }

  @Test
  void withAUrlNoConfigurationIsNeeded() throws Exception {
    try (Script health = withoutJdk("health", "--url", "http://" + address() + "/")) {
      assertThat(health.await()).isZero();
    }
  }

  @Test
  void withoutAJdkTheAnswerIsNoAndNeverAnotherStatus() throws Exception {
    configure("gateway.admin.bind = \"127.0.0.1:1\"");
    try (Script health = withoutJdk("health")) {
      assertThat(health.err()).contains("no JDK 25 or later found");
      assertThat(health.await()).isEqualTo(1);
    }
  }

  @Test
  void anAddressThatIsNotPlainToSeeIsFoundByTheJvm() throws Exception {
    Files.writeString(folder.resolve("part.conf"), "admin.bind = \"" + address() + "\"");
    configure("gateway { include file(\"" + folder.resolve("part.conf") + "\") }");
    try (Script health = Script.start(folder, "health")) {
      assertThat(health.out()).isEqualTo("http://" + address() + "/healthz: 200\n");
      assertThat(health.await()).isZero();
    }
  }

  @Test
  void whatIsNotReadyIsNoWithItsAnswer() throws Exception {
    configure("gateway.admin.bind = \"ADDRESS\"");
    try (Script health = Script.start(folder, "health", "--ready")) {
      assertThat(health.out()).isEqualTo("http://" + address() + "/readyz: 503\n");
      assertThat(health.await()).isEqualTo(1);
    }
    assertThat(asked).contains("/readyz at " + address());
  }
}
