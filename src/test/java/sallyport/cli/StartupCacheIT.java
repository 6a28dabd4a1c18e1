package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.OneLane;

/** A copy of what the launcher needs, with a start-up cache made there and with none. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
@Timeout(300) // A training takes half a minute of CPU time.
class StartupCacheIT {
  private static final String LOG_CLASSES = "-Xlog:class+load:file=classes.log";
  private static final String FROM_CACHE = "sallyport.cli.Main source: shared objects file";

  @TempDir private Path folder;

  @Test
  void theCacheIsUsedByAnyCollectorAndLeftAloneWhereItDoesNotFit() throws Exception {
    Path home = Script.install(folder.resolve("home"));

    try (Script train = Script.start(home, folder, withOptions(""), "train")) {
      assertThat(train.err()).isEqualTo("sallyport: making the start-up cache ...\n");
      assertThat(train.await()).isZero();
    }
    assertThat(names(home.resolve("target")))
        .containsExactly("lib", "native", "sallyport-tools.jar", "sallyport.aot", "sallyport.jar");
    for (String fits : List.of("", "-XX:+UseSerialGC", "-XX:+UseParallelGC")) {
      assertThat(version(home, fits)).as(fits).contains(FROM_CACHE);
    }
    Files.writeString(folder.resolve("bad.conf"), "gateway { colour = blue }");
    // A start loads all that is in the cache.
    assertThat(classesOf(home, "run", "-c", "bad.conf"))
        .contains(FROM_CACHE)
        .contains("joran.JoranConfigurator source: shared objects file")
        .contains("sallyport.logging.FileAppender source: shared objects file")
        .contains("sallyport.cli.process.GatewayProcess source: shared objects file")
        .contains("org.apache.commons.cli.DefaultParser source: shared objects file")
        .doesNotContain("sallyport.tools", "java.net.http");
    // A sidecar has another collector and its own heap.
    assertThat(
            classesOf(
                home,
                ("sidecar --listen 127.0.0.1:0 --to 127.0.0.1:1 --certificate a --key a --trust a"
                        + " --allow a.test")
                    .split(" ", -1)))
        .contains(
            FROM_CACHE,
            "sallyport.cli.sidecar.SidecarCommand source: shared objects file",
            "sallyport.cli.process.GatewayProcess source: shared objects file");
    // It fits the tools too, which stand behind the product.
    assertThat(classesOf(home, "pki", "certs"))
        .contains(FROM_CACHE, "sallyport.tools.cli.ToolsMain source: file:");
    for (String unfit : List.of("-XX:+UseZGC", "-XX:-UseCompressedOops")) {
      assertThat(version(home, unfit)).as(unfit).doesNotContain(FROM_CACHE);
    }
    Files.setLastModifiedTime(home.resolve("target/sallyport.aot"), FileTime.fromMillis(0));
    assertThat(version(home, "")).as("older than the jar").doesNotContain(FROM_CACHE);
    Files.write(home.resolve("target/sallyport.aot"), new byte[4096]);
    assertThat(version(home, "")).as("not a cache").doesNotContain(FROM_CACHE);
  }

  @Test
  void aTrainingThatFailsSaysSoAndLeavesNothingBehind() throws Exception {
    Path home = Script.install(folder.resolve("home"));
    Files.writeString(home.resolve("target/sallyport.jar"), "no jar");

    try (Script train = Script.start(home, folder, withOptions(""), "train")) {
      assertThat(train.err())
          .contains("sallyport/cli/command/Dispatcher", "WARNING: no start-up cache");
      assertThat(train.await()).isEqualTo(70);
    }
    assertThat(names(home.resolve("target")))
        .containsExactly("lib", "native", "sallyport-tools.jar", "sallyport.jar");
  }

  @Test
  void aTrainingWhoseGatewayDoesNotStartSaysWhy() throws Exception {
    Path home = Script.install(folder.resolve("home"));

    try (Script train = Script.start(home, folder, withOptions("-XX:+NoSuchOption"), "train")) {
      assertThat(train.err())
          .contains("NoSuchOption", "the gateway ended before it served", "no start-up cache");
      assertThat(train.await()).isEqualTo(70);
    }
    assertThat(names(home.resolve("target"))).doesNotContain("sallyport.aot");
  }

  @Test
  void aNativeLibraryThatIsMissingOrBrokenIsUnpackedByNetty() throws Exception {
    Path home = Script.install(folder.resolve("home"));
    Path natives = home.resolve("target/native");

    Files.delete(natives); // A link.
    version(home, "");
    Files.createDirectory(natives);
    Files.writeString(natives.resolve("libnetty_tcnative_linux_x86_64.so"), "no library");
    try (Script script = Script.start(home, folder, withOptions(""), "version")) {
      assertThat(script.out()).contains("TLS by BoringSSL"); // The JVM warns of what is no library.
      assertThat(script.await()).isZero();
    }
  }

  /**
   * Runs a short command, which has nothing to say on stderr, and returns the classes it loaded.
   */
  private String version(Path home, String options) throws Exception {
    Files.deleteIfExists(folder.resolve("classes.log"));
    try (Script script =
        Script.start(home, folder, withOptions(LOG_CLASSES + " " + options), "version")) {
      assertThat(script.out()).startsWith("sallyport 0.").contains("BoringSSL");
      assertThat(script.err()).as(options).isEmpty();
      assertThat(script.await()).isZero();
    }
    return Files.readString(folder.resolve("classes.log"));
  }

  /** Runs a command to its end, and returns the classes that it loaded. */
  private String classesOf(Path home, String... command) throws Exception {
    Files.deleteIfExists(folder.resolve("classes.log"));
    try (Script script = Script.start(home, folder, withOptions(LOG_CLASSES), command)) {
      script.await();
    }
    return Files.readString(folder.resolve("classes.log"));
  }

  /** On the JDK that runs the tests. */
  private static Map<String, String> withOptions(String options) {
    return Map.of("JAVA_HOME", System.getProperty("java.home"), "SALLYPORT_JAVA_OPTS", options);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
