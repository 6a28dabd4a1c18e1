package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.OneLane;

/** The shell script and the packaged jar, from a folder that is not the project's. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
class BinScriptIT {
  @TempDir private Path elsewhere;

  @Test
  void versionComesFromTheJar() throws Exception {
    try (Script script = Script.start(elsewhere, "version")) {
      assertThat(script.out()).startsWith("sallyport 0.").contains("Netty 4.2", "BoringSSL");
      assertThat(script.err()).isEmpty();
      assertThat(script.await()).isZero();
    }
  }

  @Test
  void anUnknownCommandEndsWith64() throws Exception {
    try (Script script = Script.start(elsewhere, "serve")) {
      assertThat(script.err()).contains("'serve'");
      assertThat(script.await()).isEqualTo(64);
    }
  }

  @Test
  void aSymbolicLinkFindsItsProject() throws Exception {
    Path link =
        Files.createSymbolicLink(elsewhere.resolve("gw"), Script.ROOT.resolve("bin/sallyport"));
    Process linked =
        new ProcessBuilder(link.toString(), "version").directory(elsewhere.toFile()).start();

    assertThat(linked.inputReader().readAllAsString()).startsWith("sallyport 0.");
    assertThat(linked.waitFor()).isZero();
  }

  @Test
  void aJavaThatIsTooOldIsPassedOver() throws Exception {
    Path old = fakeJdk("17.0.2");

    try (Script script = Script.start(elsewhere, withJavaHome(old), "version")) {
      assertThat(script.err()).startsWith("sallyport: no JDK 25 or later found: install one");
      assertThat(script.await()).isEqualTo(69);
    }
  }

  @Test
  void withNothingInstalledOneLineSaysWhatToInstall() throws Exception {
    try (Script script = Script.start(elsewhere, withJavaHome(elsewhere), "run")) {
      assertThat(script.err().lines()).singleElement().asString().contains("install one");
      assertThat(script.out()).isEmpty();
      assertThat(script.await()).isEqualTo(69);
    }
  }

  @Test
  void anInstallationRunsOnTheRuntimeThatItHas() throws Exception {
    Path home = Script.install(elsewhere.resolve("home"));
    Files.move(home.resolve("target"), home.resolve("app"));
    Files.createSymbolicLink(home.resolve("runtime"), Path.of(System.getProperty("java.home")));
    Path other = fakeJdk("25.0.1");

    try (Script script = Script.start(home, elsewhere, withJavaHome(other), "version")) {
      assertThat(script.out()).startsWith("sallyport 0.");
      assertThat(script.err()).isEmpty();
      assertThat(script.await()).isZero();
    }
  }

  @Test
  void aCopyWithoutSourcesNeverStartsMaven() throws Exception {
    Path home = Script.install(elsewhere.resolve("home"));
    Files.delete(home.resolve("target/sallyport.jar"));
    Path asked = fakeMaven(0);

    try (Script script = Script.start(home, elsewhere, withMaven(), "version")) {
      assertThat(script.err())
          .endsWith(
              "is missing, and there are no sources here to build it from: install Sallyport again\n");
      assertThat(script.await()).isEqualTo(69);
    }
    assertThat(asked).doesNotExist();
  }

  @Test
  void aCopyWithoutTheToolsHasTheProductAndSaysWhatAToolLacks() throws Exception {
    Path home = Script.install(elsewhere.resolve("home"));
    Files.delete(home.resolve(Script.TOOLS));
    Path asked = fakeMaven(0);

    try (Script script = Script.start(home, elsewhere, withMaven(), "--help")) {
      assertThat(script.out()).contains("\n  run ").doesNotContain("\n  demo ");
      assertThat(script.await()).isZero();
    }
    try (Script script = Script.start(home, elsewhere, withMaven(), "run", "-c", "none.conf")) {
      assertThat(script.await()).isEqualTo(78);
    }
    for (String tool : List.of("demo", "pki", "train")) {
      try (Script script = Script.start(home, elsewhere, withMaven(), tool)) {
        assertThat(script.err())
            .contains("sallyport-tools.jar is missing")
            .endsWith("run " + tool + " where Sallyport was built\n");
        assertThat(script.await()).isEqualTo(69);
      }
    }
    assertThat(asked).doesNotExist();
  }

  @Test
  void aRunBuildsSourcesThatAreNewerThanTheJarAndTakesTheOldOneWhereThatFails() throws Exception {
    Path home = withNewerSources();
    Path asked = fakeMaven(1);

    try (Script script = Script.start(home, elsewhere, withMaven(), "run", "-c", "none.conf")) {
      assertThat(script.err())
          .contains(
              "sallyport: building (",
              "the build failed, see above",
              "sallyport: WARNING: the sources are newer than ",
              "none.conf: cannot be read");
      assertThat(script.await()).isEqualTo(78);
    }
    assertThat(asked).exists();
    try (Script script = Script.start(home, elsewhere, withMaven(), "version")) {
      assertThat(script.await()).isZero();
    }
  }

  /** A gateway may be running from it. */
  @Test
  void aCheckNeverReplacesTheJar() throws Exception {
    Path home = withNewerSources();
    Path asked = fakeMaven(0);

    try (Script script = Script.start(home, elsewhere, withMaven(), "check", "-c", "none.conf")) {
      assertThat(script.err())
          .contains("sallyport: WARNING: the sources are newer than ", "none.conf: cannot be read");
      assertThat(script.await()).isEqualTo(78);
    }
    assertThat(asked).doesNotExist();
  }

  @Test
  void whereTheyCannotBeBuiltTheOldJarRunsWithAWarning() throws Exception {
    Path home = withNewerSources();
    Map<String, String> withoutMaven =
        Map.of("PATH", tools().toString(), "JAVA_HOME", System.getProperty("java.home"));

    try (Script script = Script.start(home, elsewhere, withoutMaven, "run", "-c", "none.conf")) {
      assertThat(script.err())
          .contains("sallyport: WARNING: the sources are newer than ", "none.conf: cannot be read");
      assertThat(script.await()).isEqualTo(78);
    }
  }

  private Path withNewerSources() throws Exception {
    Path home = Script.install(elsewhere.resolve("home"));
    Files.createDirectories(home.resolve("src/main"));
    Files.writeString(home.resolve("pom.xml"), "");
    FileTime built = Files.getLastModifiedTime(home.resolve("target/sallyport.jar"));
    Files.setLastModifiedTime(
        home.resolve("pom.xml"), FileTime.from(built.toInstant().plusSeconds(60)));
    return home;
  }

  /** What the script needs besides the shell, without a Maven. */
  private Path tools() throws Exception {
    Path tools = Files.createDirectories(elsewhere.resolve("tools"));
    for (String tool : List.of("find", "head", "readlink")) {
      for (String folder : List.of("/usr/bin", "/bin")) {
        Path program = Path.of(folder, tool);
        if (Files.exists(program) && !Files.exists(tools.resolve(tool))) {
          Files.createSymbolicLink(tools.resolve(tool), program);
        }
      }
    }
    return tools;
  }

  private Map<String, String> withMaven() {
    return Map.of(
        "PATH",
        elsewhere.resolve("maven") + ":" + System.getenv("PATH"),
        "JAVA_HOME",
        System.getProperty("java.home"));
  }

  /** A Maven that leaves a file behind, which is returned. */
  private Path fakeMaven(int status) throws Exception {
    Path folder = Files.createDirectories(elsewhere.resolve("maven"));
    Path asked = folder.resolve("asked");
    Path maven =
        Files.writeString(
            folder.resolve("mvn"), "#!/bin/sh\n: >" + asked + "\nexit " + status + "\n");
    assertThat(maven.toFile().setExecutable(true)).isTrue();
    return asked;
  }

  /** No PATH and none of the usual folders: nothing but this. */
  private static Map<String, String> withJavaHome(Path javaHome) {
    return Map.of("PATH", "", "SALLYPORT_JDK_DIRS", "", "JAVA_HOME", javaHome.toString());
  }

  private Path fakeJdk(String version) throws Exception {
    Path home = Files.createDirectories(elsewhere.resolve("jdk"));
    Files.createDirectories(home.resolve("bin"));
    Path java = Files.writeString(home.resolve("bin/java"), "#!/bin/sh\nexit 3\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }
}
