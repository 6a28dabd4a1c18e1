package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.OneLane;
import sallyport.testkit.PageCommands;
import sallyport.tools.pki.DevelopmentPki;

/** The checklist from the shell: of the example configuration with a development PKI. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
class CheckIT {
  @TempDir private Path folder;

  @BeforeEach
  void project() throws IOException {
    Files.createSymbolicLink(folder.resolve("bin"), Script.ROOT.resolve("bin"));
    Files.createDirectory(folder.resolve("conf"));
    Files.copy(Script.ROOT.resolve("conf/gateway.conf"), folder.resolve("conf/gateway.conf"));
    DevelopmentPki.create(folder.resolve("conf/certs"));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.sorted().toList();
    }
  }

  @Test
  void theCommandsOfThePagePassAndMakeNothing() throws Exception {
    List<Path> before = files();
    List<String> commands = PageCommands.of("compliance.md", "bin/sallyport check");

    String text = PageCommands.run(folder, commands.getFirst());
    Config json =
        ConfigFactory.parseString(
            PageCommands.run(folder, commands.getLast()),
            ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));

    assertThat(text.lines().toList())
        .allMatch(line -> line.matches("( {6})?(PASS|INFO|WARN) .*|28 controls: .*, 0 fail"));
    assertThat(json.getString("result")).isEqualTo("pass");
    assertThat(json.getString("configuration")).isEqualTo("conf/gateway.conf");
    assertThat(files()).isEqualTo(before);
  }

  /** What the README has a newcomer type, word by word; the ports alone are others. */
  @Test
  void theExampleIsCheckedAndServedAsTheReadmeSays() throws Exception {
    deleteAll(folder.resolve("conf/certs"));
    List<String> commands =
        PageCommands.of("README.md", "bin/sallyport ").stream()
            .filter(line -> line.contains("conf/"))
            .toList();
    assertThat(commands)
        .containsExactly(
            "bin/sallyport pki conf/certs",
            "bin/sallyport check -c conf/gateway.conf",
            "bin/sallyport run -c conf/gateway.conf");

    PageCommands.run(folder, commands.get(0));
    assertThat(PageCommands.run(folder, commands.get(1))).endsWith(" 0 fail\n");

    String changed =
        write(
            """
            gateway.listeners.http.bind = "127.0.0.1:0"
            gateway.listeners.https.bind = "127.0.0.1:0"
            gateway.admin.bind = "127.0.0.1:0"
            gateway.lame-duck = 0s
            """);
    try (Script run = Script.start(folder, "run", "-c", changed)) {
      assertThat(run.awaitLine("serving ")).contains("http=", "https=", "admin=");
      run.signal("TERM");
      assertThat(run.await()).isZero();
    }
  }

  private static void deleteAll(Path files) throws IOException {
    try (Stream<Path> all = Files.walk(files)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  @Test
  void anAddressThatIsTakenIsNoMatter() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Script check =
            Script.start(
                folder,
                "check",
                "-c",
                write("gateway.admin.bind = \"127.0.0.1:" + taken.getLocalPort() + '"'))) {
      assertThat(check.out()).endsWith(" 0 fail\n");
      assertThat(check.err()).isEmpty();
      assertThat(check.await()).isZero();
    }
  }

  /** The example with something else in it. */
  private String write(String more) throws IOException {
    String changed = "include \"gateway.conf\"\n" + more + "\n";
    Files.writeString(folder.resolve("conf/changed.conf"), changed);
    return "conf/changed.conf";
  }

  @Test
  void aControlThatFailsEndsWith1AndIsNamedWithItsPlace() throws Exception {
    String file = write("gateway.listeners.https.tls.policy = mozilla-intermediate");
    try (Script check = Script.start(folder, "check", "-c", file)) {
      assertThat(check.out().lines().filter(line -> line.startsWith("FAIL")))
          .singleElement()
          .asString()
          .startsWith("FAIL  cipher-suites  ")
          .contains("listeners.https: the policy mozilla-intermediate has suites that");
      assertThat(check.err()).isEmpty();
      assertThat(check.await()).isEqualTo(1);
    }
  }

  @Test
  void aKeyThatDoesNotFitEndsWith78AndTheLinesOfAStart() throws Exception {
    String file = write("gateway.backends.legacy.tls.certificate.key = \"certs/user.key\"");
    String said;
    try (Script check = Script.start(folder, "check", "-c", file)) {
      said = check.err();
      assertThat(said)
          .matches(
              "conf/changed.conf:\\d+: backends.legacy.tls.certificate.key: the key does not fit.*\n");
      assertThat(check.out()).isEmpty();
      assertThat(check.await()).isEqualTo(78);
    }
    try (Script run = Script.start(folder, "run", "-c", file)) {
      assertThat(run.err()).endsWith(said);
      assertThat(run.await()).isEqualTo(78);
    }
  }

  /** The passphrase itself. */
  @ParameterizedTest
  @ValueSource(strings = {"text", "json"})
  void aSecretInPlaceOfAVariableIsNotRepeated(String format) throws Exception {
    String file =
        write(
            """
            gateway.acme.a { directory = "https://localhost:1/directory", terms-agreed = true
              store = store, passphrase.env = HUNTER2SECRET }
            gateway.listeners.second { bind = "127.0.0.1:0"
              tls.certificates = [ { acme = a, names = [ localhost ] } ] }
            """);
    try (Script check = Script.start(folder, "check", "--format", format, "-c", file)) {
      assertThat(check.out() + check.err())
          .contains("acme.a.passphrase.env (not shown, since it may be the secret)")
          .doesNotContain("HUNTER");
    }
  }

  @Test
  void aFileInTheWorkingDirectoryKeepsItsIncludes() throws Exception {
    Files.writeString(folder.resolve("conf/part.conf"), "gateway.drain-timout = 1s\n");
    write("include \"part.conf\"");
    try (Script check = Script.start(folder.resolve("conf"), "check", "-c", "changed.conf")) {
      assertThat(check.err()).contains("part.conf:1: drain-timout: unknown key");
      assertThat(check.await()).isEqualTo(78);
    }
  }

  // ---- with the logging of a start

  private Script startLogging(String logback, String... arguments) throws IOException {
    return Script.start(
        folder,
        Map.of(
            "JAVA_HOME",
            System.getProperty("java.home"),
            "SALLYPORT_JAVA_OPTS",
            "-Dlogback.configurationFile=" + logback,
            "SALLYPORT_LOG_DIR",
            folder.resolve("logs").toString()),
        arguments);
  }

  @Test
  void withTheLogFilesOfAStartNothingIsMade() throws Exception {
    List<Path> before = files();
    String logback = Script.ROOT.resolve("conf/logback.xml").toString();
    try (Script check = startLogging(logback, "check")) {
      assertThat(check.out().lines()).anyMatch(line -> line.startsWith("PASS  audit-log "));
      assertThat(check.err()).isEmpty();
      assertThat(check.await()).isZero();
    }
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void theJsonParsesWithALoggingThatTalksToStandardOutputAndWritesNothing() throws Exception {
    Path logback =
        Files.writeString(
            folder.resolve("silent.xml"),
            """
            <configuration debug="true">
              <statusListener class="ch.qos.logback.core.status.OnConsoleStatusListener"/>
              <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
                <encoder><pattern>%m%n</pattern></encoder>
              </appender>
              <logger name="sallyport.audit" level="INFO" additivity="false"/>
              <logger name="sallyport.access" level="INFO" additivity="false"/>
              <root level="DEBUG"><appender-ref ref="OUT"/></root>
            </configuration>
            """);
    try (Script check = startLogging(logback.toString(), "check", "--format", "json")) {
      Config json =
          ConfigFactory.parseString(
              check.out(), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
      assertThat(json.getString("result")).isEqualTo("fail");
      assertThat(json.getInt("counts.fail")).isEqualTo(2);
      assertThat(check.await()).isEqualTo(1);
    }
  }

  @Test
  void aLoggingFileThatIsNotThereFailsTheLogsAndRefusesTheStart() throws Exception {
    try (Script check = startLogging("logbak.xml", "check")) {
      assertThat(check.out().lines())
          .filteredOn(line -> line.startsWith("FAIL"))
          .hasSize(2)
          .allMatch(line -> line.contains("logbak.xml: there is no such file"));
      assertThat(check.await()).isEqualTo(1);
    }
    try (Script run = startLogging("logbak.xml", "run")) {
      assertThat(run.await()).isEqualTo(78);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).contains("logbak.xml: there is no such file");
    }
  }
}
