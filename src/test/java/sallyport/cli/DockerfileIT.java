package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.OneLane;
import sallyport.testkit.Peers;
import sallyport.testkit.SoftHsm;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;

/** What the Dockerfile does, done here: no container engine is needed to see that it works. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
class DockerfileIT {
  /**
   * A key in a token, and an authority that is not there: they need modules that nothing else does.
   */
  private static final String MORE_CERTIFICATES =
      """
      gateway.listeners.https.tls.certificates += {
        chain = hsm.pem
        pkcs11 {
          module = "%s", token = "%s", key = portal, pin.command = [ echo, "%s" ]
        }
      }
      gateway.listeners.https.tls.certificates += { acme = none, names = [ portal.test ] }
      gateway.acme.none {
        directory = "https://127.0.0.1:1/directory"
        terms-agreed = true
        store = acme
        passphrase.command = [ echo, secret ]
      }
      """
          .formatted(SoftHsm.MODULE, SoftHsm.TOKEN, SoftHsm.PIN);

  @TempDir private Path folder;
  private String dockerfile = "";

  @BeforeEach
  void readDockerfile() throws IOException {
    // Lines that end in a backslash go on in the next one.
    dockerfile = Files.readString(Script.ROOT.resolve("Dockerfile")).replaceAll("\\\\\n\\s*", "");
  }

  @Test
  void whatItCopiesIsThereAndReachesTheBuild() throws IOException {
    List<String> reachable =
        Files.readAllLines(Script.ROOT.resolve(".dockerignore")).stream()
            .filter(line -> line.startsWith("!"))
            .map(line -> line.substring(1))
            .toList();

    assertThat(Script.ROOT.resolve(".dockerignore"))
        .as("keys stay out of the image")
        .content()
        .endsWith("!conf\nconf/certs\n");
    List<String> copied = all("(?m)^COPY (?!--)(\\S+)");

    assertThat(copied).contains("pom.xml", "src", "bin/sallyport");
    for (String path : copied) {
      assertThat(Script.ROOT.resolve(path)).exists();
      assertThat(reachable).as("allowed by .dockerignore").anyMatch(path::startsWith);
    }
  }

  @Test
  void theImageHasTheProductAndNoTools() {
    List<String> stages = List.of(dockerfile.split("(?m)^FROM ", -1));

    assertThat(stages.getLast())
        .startsWith("product\n")
        .contains("COPY --from=trained /opt/sallyport/target/sallyport.aot ")
        .doesNotContain("sallyport-tools.jar", "RUN ");
    assertThat(stages)
        .filteredOn(stage -> stage.contains("sallyport-tools.jar"))
        .singleElement()
        .asString()
        .startsWith("product AS trained\n")
        .contains("RUN bin/sallyport train\n");
  }

  @Test
  void itRunsAsANumericUserWhoIsNotRoot() {
    assertThat(one("(?m)^USER (\\d+):\\d+$")).isNotEqualTo("0");
  }

  @Test
  void itsEntryPointAndHealthCheckRunTheScript() {
    String script = "/opt/sallyport/bin/sallyport";

    assertThat(dockerfile).contains("COPY bin/sallyport " + script + "\n");
    assertThat(one("(?m)^ENTRYPOINT \\[\"([^\"]+)\"")).isEqualTo(script);
    assertThat(one("(?m)^HEALTHCHECK .*CMD \\[\"([^\"]+)\", \"health\"\\]")).isEqualTo(script);
    assertThat(Script.ROOT.resolve("bin/sallyport")).isExecutable();
  }

  @Test
  @Timeout(300)
  void itsRuntimeServesAndIsHealthyWithoutAnyTemporaryFolder() throws Exception {
    // The first for jlink --strip-debug; images of JDKs have it.
    Peers.demand("objcopy", "softhsm2-util");
    Path opt = Files.createDirectories(folder.resolve("opt"));
    jlink(one("--add-modules (\\S+)"), opt.resolve("java"));
    Path home = Script.install(opt.resolve("sallyport"));
    assertThat(dockerfile)
        .contains("COPY --from=build /src/target/native /opt/sallyport/target/native\n");
    Map<String, String> environment =
        Map.of(
            "JAVA_HOME",
            opt.resolve("java").toString(),
            "SALLYPORT_JAVA_OPTS",
            one("SALLYPORT_JAVA_OPTS=\"([^\"]+)\"")
                + " -Djava.io.tmpdir="
                + folder.resolve("missing"));
    try (Script train = Script.start(home, folder, environment, one("RUN bin/sallyport (\\S+)"))) {
      assertThat(train.await()).as(train.err()).isZero();
    }
    Files.delete(home.resolve(Script.TOOLS));
    Map<String, String> logging = new HashMap<>(environment);
    logging.merge("SALLYPORT_JAVA_OPTS", " -Xlog:class+load:file=classes.log", String::concat);
    try (Script version = Script.start(home, folder, logging, "version")) {
      assertThat(version.await()).isZero();
      assertThat(folder.resolve("classes.log"))
          .content()
          .contains("sallyport.cli.Main source: shared objects file");
    }
    try (Script pki = Script.start(folder, "pki", "certs")) {
      assertThat(pki.await()).isZero();
    }
    Identity inToken =
        TestPki.FRONT.issue(CertificateRequest.of("hsm").dns("hsm.test").usage(Usage.SERVER_AUTH));
    SoftHsm.create().store("portal", "01", inToken);
    Identity.writeCertificates(folder.resolve("hsm.pem"), inToken.chain());
    Path config = folder.resolve("gateway.conf");
    Files.writeString(config, DemoIT.configuration("127.0.0.1:0") + MORE_CERTIFICATES);

    try (Script gateway = Script.start(home, folder, environment, "run", "-c", "gateway.conf")) {
      String serving = gateway.awaitLine("serving ");
      Files.writeString(config, DemoIT.configuration("127.0.0.1:" + DemoIT.port(serving, "admin")));
      try (Script health =
          Script.start(home, folder, environment, "health", "-c", "gateway.conf")) {
        assertThat(health.err()).isEmpty();
        assertThat(health.out()).endsWith("/healthz: 200\n");
        assertThat(health.await()).isZero();
      }
      try (Script status =
          Script.start(home, folder, environment, "status", "-c", "gateway.conf")) {
        assertThat(status.out()).contains("https");
        assertThat(status.await()).as(status.err()).isZero();
      }
      // Now the file has another address of the admin listener than the gateway.
      try (Script reload =
          Script.start(home, folder, environment, "reload", "-c", "gateway.conf")) {
        assertThat(reload.err()).contains("admin.bind");
        assertThat(reload.await()).isEqualTo(1);
      }
      // An authority is asked, as far as that goes.
      gateway.awaitError("\"event\":\"acme-failed\"");
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
      assertThat(gateway.err())
          .as("the native transport loads")
          .contains("transport epoll")
          .as("nothing is missing that the question needs")
          .contains("\"problem\":\"network\"");
    }
  }

  private static void jlink(String modules, Path output) {
    int status =
        ToolProvider.findFirst("jlink")
            .orElseThrow()
            .run(
                System.out,
                System.err,
                "--add-modules",
                modules,
                "--strip-debug",
                "--no-header-files",
                "--no-man-pages",
                "--output",
                output.toString());
    assertThat(status).as("jlink").isZero();
  }

  private String one(String pattern) {
    assertThat(all(pattern)).as(pattern).hasSize(1);
    return all(pattern).getFirst();
  }

  private List<String> all(String pattern) {
    return Pattern.compile(pattern)
        .matcher(dockerfile)
        .results()
        .map((MatchResult result) -> result.group(1))
        .toList();
  }
}
