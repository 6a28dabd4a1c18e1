package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.Reader;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.Curl;
import sallyport.testkit.OneLane;
import sallyport.testkit.Origin;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Peers;
import sallyport.testkit.TestPki;

/**
 * What {@code mvn -Pdist package} makes: the archive, unpacked and started where there is no Java,
 * and the Debian package, installed below a root of its own by dpkg.
 *
 * <p>Not covered: systemd itself, which starts the unit, and the restart after an upgrade.
 */
@Tag("dist")
@OneLane("The gateway is a process of its own, with a configuration of its own.")
@Timeout(300)
class DistIT {
  private static final String PAGE = "operations.md";
  private static final Path TARGET = Script.ROOT.resolve("target");

  /** Paths of the installed package, in the text of its unit. */
  private static final Pattern INSTALLED =
      Pattern.compile("(?<![\\w/])/(?=(usr/lib|etc|var/log|var/lib)/sallyport\\b)");

  /** A library of the earlier version. */
  private static final String GONE = "gone-1.0.jar";

  @TempDir private static Path unpacked;
  private static Path home = Path.of("");

  @TempDir private Path folder;

  @BeforeAll
  static void unpack() throws Exception {
    for (Path each : list(TARGET, "sallyport[-_][0-9].*")) {
      Files.createSymbolicLink(unpacked.resolve(each.getFileName()), each);
    }
    for (String command : PageCommands.of(PAGE, "sha256sum ")) {
      assertThat(PageCommands.run(unpacked, command).lines())
          .isNotEmpty()
          .allMatch(line -> line.endsWith(": OK"));
    }
    for (String command : PageCommands.of(PAGE, "tar ")) {
      PageCommands.run(unpacked, command);
    }
    home = unpacked.resolve("sallyport-" + version());
    assertThat(home).isDirectory();
  }

  private static String version() throws IOException {
    return only(TARGET, "sallyport-.*\\.tar\\.gz")
        .getFileName()
        .toString()
        .replaceAll("^sallyport-|-linux-amd64\\.tar\\.gz$", "");
  }

  // ---- the archive

  /** It was trained in another folder. */
  @Test
  void itRunsFromItsCacheWhereThereIsNoJava() throws Exception {
    Map<String, String> environment = new HashMap<>(withoutJava());
    environment.put(
        "SALLYPORT_JAVA_OPTS", "-Xlog:class+load:file=" + folder.resolve("classes.log"));

    try (Script script = Script.start(home, folder, environment, "version")) {
      assertThat(script.out())
          .startsWith("sallyport " + version() + "\nJava 25")
          .contains("TLS by BoringSSL");
      assertThat(script.err()).isEmpty();
      assertThat(script.await()).isZero();
    }
    assertThat(folder.resolve("classes.log"))
        .content()
        .contains("sallyport.cli.Main source: shared objects file");
  }

  @Test
  void itServesByItsExampleWhereThereIsNoJava() throws Exception {
    TestPki.writeTo(folder.resolve("certs"));
    Files.copy(home.resolve("conf/gateway.conf"), folder.resolve("gateway.conf"));
    try (Origin origin = Origin.start(request -> request.reply(200, "hello"))) {
      adapt(folder.resolve("gateway.conf"), origin);

      try (Script gateway =
          Script.start(home, folder, withoutJava(), "run", "-c", "gateway.conf")) {
        String serving = gateway.awaitLine("serving ");
        assertThat(hello(folder.resolve("certs/ca.pem"), serving)).isEqualTo("hello");
        gateway.signal("TERM");
        assertThat(gateway.await()).isZero();
        assertThat(gateway.err()).as("the native transport loads").contains("transport epoll");
      }
    }
  }

  @Test
  void itsCertificatesForAFirstTryPassTheCheckAndAreNotOverwritten() throws Exception {
    Peers.demand("openssl");
    Path certs = folder.resolve("certs");
    Files.copy(home.resolve("conf/gateway.conf"), folder.resolve("gateway.conf"));
    List<String> make = List.of(home.resolve("certs/make-certs.sh").toString(), certs.toString());

    assertThat(run(0, Map.of(), make)).contains("not for production");
    try (Script check = Script.start(home, folder, withoutJava(), "check", "-c", "gateway.conf")) {
      assertThat(check.out()).endsWith(" 0 fail\n");
      assertThat(check.err()).isEmpty();
      assertThat(check.await()).isZero();
    }
    assertThat(run(73, Map.of(), make)).contains("is there already");
  }

  @Test
  void itHasTheProductOfThisPlatformAndNeitherToolsNorKeys() throws IOException {
    assertThat(names(home))
        .containsExactlyInAnyOrder(
            "CHANGELOG.md",
            "LICENSE",
            "README.md",
            "SECURITY.md",
            "app",
            "bin",
            "certs",
            "conf",
            "docs",
            "runtime",
            "systemd");
    assertThat(names(home.resolve("app")))
        .containsExactlyInAnyOrder("lib", "native", "sallyport.aot", "sallyport.jar");
    assertThat(names(home.resolve("app/lib")))
        .anyMatch(name -> name.startsWith("netty-tcnative-boringssl-static-"))
        .noneMatch(name -> name.matches(".*(osx|windows|aarch).*"));
    assertThat(names(home.resolve("app/native"))).hasSize(3);
    assertThat(names(home.resolve("certs"))).containsExactly("make-certs.sh");
    assertThat(names(home.resolve("conf")))
        .containsExactlyInAnyOrder("gateway.conf", "logback.xml", "prometheus");
  }

  /** DockerfileIT shows that PKCS#11, ACME and health find all that they need in these. */
  @Test
  void itsRuntimeHasTheModulesOfTheContainerImage() throws IOException {
    Properties release = new Properties();
    try (Reader reader = Files.newBufferedReader(home.resolve("runtime/release"))) {
      release.load(reader);
    }
    List<String> image =
        Pattern.compile("--add-modules (\\S+)")
            .matcher(Files.readString(Script.ROOT.resolve("Dockerfile")))
            .results()
            .map(match -> match.group(1))
            .flatMap(list -> Stream.of(list.split(",", -1)))
            .toList();

    assertThat(release.getProperty("MODULES").replace("\"", "").split(" ", -1))
        .containsExactlyInAnyOrderElementsOf(
            Configuration.empty()
                .resolve(ModuleFinder.ofSystem(), ModuleFinder.of(), image)
                .modules()
                .stream()
                .map(each -> each.name())
                .toList());
  }

  @Test
  void itsBillOfMaterialsListsItsLibraries() throws IOException {
    String sbom = Files.readString(only(TARGET, "sallyport-.*\\.cdx\\.json"));

    assertThat(sbom).contains("\"bomFormat\" : \"CycloneDX\"");
    for (String library : names(home.resolve("app/lib"))) {
      String name = library.replaceFirst("-[0-9].*", "");
      assertThat(sbom).contains("\"name\" : \"" + name + "\"");
    }
    assertThat(sbom).doesNotContain("\"name\" : \"junit", "\"name\" : \"assertj");
  }

  // ---- the package

  @Test
  void thePackageIsInstalledUpgradedWhileItServesReloadedRemovedAndPurged() throws Exception {
    Peers.demand("dpkg", "dpkg-deb", "systemd-sysusers", "curl");
    assumeTrue("root".equals(System.getProperty("user.name")), "files get owners");
    Path root = emptyRoot();
    Path deb = only(TARGET, "sallyport_.*\\.deb");
    Path etc = root.resolve("etc/sallyport");
    Path log = root.resolve("var/log/sallyport");

    dpkg(root, "--install", earlier(deb).toString());

    assertThat(root.resolve("usr/lib/systemd/system/sallyport.socket")).exists();
    assertThat(root.resolve("usr/lib/systemd/system/sallyport-sidecar@.service")).exists();
    assertThat(root.resolve("etc/systemd")).as("nothing is enabled").doesNotExist();

    assertThat(root.resolve("etc/passwd")).content().contains("sallyport:x:", "/nologin");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(etc.resolve("certs"))))
        .isEqualTo("rwxr-x---");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
        .isEqualTo("rwxr-x---");
    TestPki.writeTo(etc.resolve("certs"));
    try (Origin origin = Origin.start(request -> request.reply(200, "hello"))) {
      adapt(etc.resolve("gateway.conf"), origin);
      String adapted = Files.readString(etc.resolve("gateway.conf"));
      try (Script before = serve(root)) {
        String serving = before.awaitLine("serving ");

        dpkg(root, "--install", deb.toString());

        assertThat(names(root.resolve("usr/lib/sallyport/app/lib"))).doesNotContain(GONE);
        assertThat(root.resolve("var/lib/dpkg/status"))
            .content()
            .contains("\nVersion: " + version().replaceFirst("-", "~") + "\n");
        assertThat(etc.resolve("gateway.conf")).content().isEqualTo(adapted);
        assertThat(etc.resolve("gateway.conf.dpkg-dist")).exists();
        assertThat(hello(etc.resolve("certs/ca.pem"), serving)).isEqualTo("hello");
        before.signal("TERM");
        assertThat(before.await()).isZero();
      }
      serveAndReload(root);

      dpkg(root, "--remove", "sallyport");
      assertThat(root.resolve("usr/lib/sallyport")).doesNotExist();
      assertThat(root.resolve("usr/bin/sallyport")).doesNotExist();
      assertThat(root.resolve("usr/lib/systemd/system/sallyport.service")).doesNotExist();
      assertThat(root.resolve("usr/lib/systemd/system/sallyport.socket")).doesNotExist();
      assertThat(etc.resolve("gateway.conf")).content().isEqualTo(adapted);
    }
    assertThat(only(log, "access\\..*\\.jsonl")).content().contains("\"path\":\"/hello\"");
    assertThat(only(log, "audit\\..*\\.jsonl")).content().contains("\"event\":\"started\"");

    assertThat(dpkg(root, "--purge", "sallyport"))
        .contains("kept /var/log/sallyport", "kept /etc/sallyport/certs")
        .doesNotContain("kept /var/lib/sallyport");
    assertThat(names(etc)).containsExactly("certs");
    assertThat(only(log, "audit\\..*\\.jsonl")).isNotEmptyFile();
    assertThat(dpkg(root, "--audit")).isEmpty();
  }

  /** The package as an earlier version could have been: one more library, another example. */
  private Path earlier(Path deb) throws Exception {
    Path content = folder.resolve("earlier");
    run(0, Map.of(), List.of("dpkg-deb", "--raw-extract", deb.toString(), content.toString()));
    Path control = content.resolve("DEBIAN/control");
    Files.writeString(
        control, Files.readString(control).replaceFirst("(?m)^Version: .*$", "Version: 0.0.9"));
    Files.createFile(content.resolve("usr/lib/sallyport/app/lib").resolve(GONE));
    Path example = content.resolve("etc/sallyport/gateway.conf");
    Files.writeString(example, "# Of 0.0.9.\n" + Files.readString(example));
    Path made = folder.resolve("sallyport_0.0.9_amd64.deb");
    run(
        0,
        Map.of(),
        List.of(
            "dpkg-deb",
            "--root-owner-group",
            "-Znone",
            "--build",
            content.toString(),
            made.toString()));
    return made;
  }

  private static String unit(Path root) throws IOException {
    return INSTALLED
        .matcher(Files.readString(root.resolve("usr/lib/systemd/system/sallyport.service")))
        .replaceAll(root + "/");
  }

  private Map<String, String> environment(Path root) throws IOException {
    Map<String, String> environment = new HashMap<>(withoutJava());
    for (String setting : settings(unit(root), "Environment")) {
      String[] pair = setting.replace("\"", "").split("=", 2);
      environment.put(pair[0], pair[1]);
    }
    return environment;
  }

  /** ExecStart of the unit, by its environment. */
  private Script serve(Path root) throws IOException {
    Path config = root.resolve("etc/sallyport/gateway.conf");
    Path launcher = root.resolve("usr/lib/sallyport/bin/sallyport");
    assertThat(settings(unit(root), "ExecStart")).containsExactly(launcher + " run -c " + config);
    return Script.start(
        root.resolve("usr/lib/sallyport"),
        folder,
        environment(root),
        "run",
        "-c",
        config.toString());
  }

  /** By the unit's own commands and environment, with its paths below the root. */
  private void serveAndReload(Path root) throws Exception {
    Path config = root.resolve("etc/sallyport/gateway.conf");
    assertThat(settings(unit(root), "ExecStartPre"))
        .containsExactly(
            "-" + root.resolve("usr/lib/sallyport/bin/sallyport") + " check -c " + config);

    // By the link of /usr/bin.
    try (Script check =
        Script.start(
            root.resolve("usr"), folder, environment(root), "check", "-c", config.toString())) {
      assertThat(check.out()).contains(" controls: ");
      assertThat(check.await()).isLessThan(2);
    }
    try (Script gateway = serve(root)) {
      String serving = gateway.awaitLine("serving ");
      assertThat(hello(root.resolve("etc/sallyport/certs/ca.pem"), serving)).isEqualTo("hello");
      // The example has its port in the file; here the operating system has picked one.
      String admin = "http://127.0.0.1:" + DemoIT.port(serving, "admin");
      List<String> reload =
          Stream.of(settings(unit(root), "ExecReload").getFirst() + " --url " + admin)
              .flatMap(command -> Stream.of(command.split(" ", -1)))
              .toList();
      run(0, environment(root), reload);
      String good = Files.readString(config);
      Files.writeString(config, good + "gateway.colour = blue\n");
      assertThat(run(1, environment(root), reload)).contains("colour: unknown key");
      Files.writeString(config, good);
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
    }
  }

  @Test
  void itsUnitsAreValidAndConfineTheGatewayAndSidecars() throws Exception {
    Peers.demand("dpkg-deb", "systemd-analyze");
    Path root = folder.resolve("root");
    run(
        0,
        Map.of(),
        List.of(
            "dpkg-deb",
            "--extract",
            only(TARGET, "sallyport_.*\\.deb").toString(),
            root.toString()));
    Path units = root.resolve("usr/lib/systemd/system");
    Path socket = Files.copy(units.resolve("sallyport.socket"), folder.resolve("sallyport.socket"));
    List<String> verify = new ArrayList<>(List.of("systemd-analyze", "verify", socket.toString()));
    // An instance of the template has a name.
    for (String name : List.of("sallyport.service", "sallyport-sidecar@legacy.service")) {
      String unit = Files.readString(units.resolve(name.replace("@legacy", "@")));
      Path copy =
          Files.writeString(folder.resolve(name), INSTALLED.matcher(unit).replaceAll(root + "/"));
      verify.add(copy.toString());
      // From 0.0, confined, to 10.0; the limit is in tenths.
      run(
          0,
          Map.of(),
          List.of(
              "systemd-analyze", "security", "--offline=yes", "--threshold=20", copy.toString()));
      assertThat(unit)
          .contains(
              "\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n",
              "\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n",
              "\nNoNewPrivileges=yes\n",
              "\nProtectSystem=strict\n");
    }
    assertThat(run(0, Map.of(), verify))
        .doesNotContain("sallyport.service", "sallyport.socket", "sallyport-sidecar@");
  }

  // ---- steps

  /** The supplied configuration with ports that are free. */
  private static void adapt(Path config, Origin origin) throws IOException {
    String text = Files.readString(config);
    for (var port :
        Map.of(
                "0.0.0.0:8080",
                "127.0.0.1:0",
                "0.0.0.0:8443",
                "127.0.0.1:0",
                "127.0.0.1:9901",
                "127.0.0.1:0",
                "127.0.0.1:9443",
                origin.address())
            .entrySet()) {
      assertThat(text).contains('"' + port.getKey() + '"');
      text = text.replace('"' + port.getKey() + '"', '"' + port.getValue() + '"');
    }
    Files.writeString(config, text + "gateway.lame-duck = 0s\n");
  }

  private static String hello(Path authority, String serving) throws Exception {
    return Curl.run(authority, "https://localhost:" + DemoIT.port(serving, "https") + "/hello")
        .outOnSuccess();
  }

  /** No JDK on the PATH, in JAVA_HOME or in the usual folders. */
  private Map<String, String> withoutJava() throws IOException {
    Path tools = Files.createDirectories(folder.resolve("tools"));
    if (!Files.exists(tools.resolve("readlink"))) {
      Files.createSymbolicLink(tools.resolve("readlink"), Path.of("/usr/bin/readlink"));
    }
    return Map.of("PATH", tools.toString(), "JAVA_HOME", "", "SALLYPORT_JDK_DIRS", "");
  }

  private Path emptyRoot() throws IOException {
    Path root = folder.resolve("root");
    for (String each : List.of("etc", "var/lib/dpkg/info", "var/lib/dpkg/updates")) {
      Files.createDirectories(root.resolve(each));
    }
    Files.createFile(root.resolve("var/lib/dpkg/status"));
    return root;
  }

  /** The packages and the log of this machine stay as they are; its programs run the scripts. */
  private static String dpkg(Path root, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "dpkg",
                "--root=" + root,
                "--log=" + root.resolve("var/lib/dpkg/log"),
                "--force-depends,script-chrootless,unsafe-io,confold"));
    command.addAll(List.of(arguments));
    return run(0, Map.of("PATH", System.getenv("PATH") + ":/usr/sbin:/sbin"), command);
  }

  private static List<String> settings(String unit, String name) {
    return unit.lines()
        .filter(line -> line.startsWith(name + "="))
        .map(line -> line.substring(name.length() + 1))
        .toList();
  }

  private static String run(int status, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectInput(new File("/dev/null"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, said).isEqualTo(status);
    return said;
  }

  private static Path only(Path folder, String pattern) throws IOException {
    List<Path> found = list(folder, pattern);
    assertThat(found).as("%s in %s: mvn -Pdist package", pattern, folder).hasSize(1);
    return found.getFirst();
  }

  private static List<Path> list(Path folder, String pattern) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().matches(pattern)).toList();
    }
  }

  private static List<String> names(Path folder) throws IOException {
    return list(folder, ".*").stream().map(file -> file.getFileName().toString()).toList();
  }
}
