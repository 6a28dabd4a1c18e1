package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
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
