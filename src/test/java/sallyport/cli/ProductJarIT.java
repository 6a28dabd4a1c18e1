package sallyport.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** The two jars of the build, and what of them a gateway loads. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
class ProductJarIT {
  private static final Path PRODUCT = Script.ROOT.resolve("target/sallyport.jar");
  private static final Path TOOLS = Script.ROOT.resolve(Script.TOOLS);

  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  @Test
  void theProductHasNoClassOfTheToolsAndRefersToNone() throws IOException {
    try (JarFile jar = new JarFile(PRODUCT.toFile())) {
      assertThat(files(jar))
          .contains("sallyport/cli/Main.class", "reference.conf")
          .noneMatch(name -> name.startsWith("sallyport/tools/"));
      JavaClasses product = new ClassFileImporter().importJar(jar);
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAPackage("sallyport.tools..")
          .check(product);
    }
    try (JarFile jar = new JarFile(TOOLS.toFile())) {
      assertThat(files(jar))
          .contains("sallyport/tools/cli/ToolsMain.class")
          .allMatch(name -> name.startsWith("sallyport/tools/") || name.startsWith("META-INF/"));
    }
  }

  @Test
  void theClassPathOfTheProductIsItsLibraries() throws IOException {
    try (Stream<Path> libraries = Files.list(Script.ROOT.resolve("target/lib"))) {
      assertThat(classPath(PRODUCT))
          .containsExactlyInAnyOrderElementsOf(
              libraries.map(file -> "lib/" + file.getFileName()).toList());
    }
    assertThat(classPath(TOOLS)).containsExactly("sallyport.jar");
  }

  /** Bouncy Castle is of the product, for keys and answers that need it; a usual start does not. */
  @Test
  void aGatewayThatServesHasLoadedNoToolAndNothingForThem() throws Exception {
    Path home = Script.install(fixture.folder().resolve("home")); // No cache: sources are jars.
    Files.writeString(
        fixture.file("gateway.conf"), Setup.to(fixture.origin(r -> r.reply(200, "hello"))).hocon());
    Map<String, String> environment =
        Map.of(
            "JAVA_HOME",
            System.getProperty("java.home"),
            "SALLYPORT_JAVA_OPTS",
            "-Xlog:class+load:file=classes.log");

    try (Script gateway =
        Script.start(home, fixture.folder(), environment, "run", "-c", "gateway.conf")) {
      String serving = gateway.awaitLine("serving ");
      InetSocketAddress https =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), DemoIT.port(serving, "https"));
      try (RawClient client = RawClient.tls(https)) {
        assertThat(client.get("/").read().status()).isEqualTo(200);
      }
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
    }

    List<String> classes = Files.readAllLines(fixture.file("classes.log"));
    assertThat(classes)
        .anyMatch(
            line ->
                line.endsWith("sallyport.cli.Main source: file:" + home + "/target/sallyport.jar"))
        .noneMatch(line -> line.contains("sallyport-tools.jar"))
        .noneMatch(line -> line.contains(" sallyport.tools."))
        .noneMatch(line -> line.contains(" org.bouncycastle."))
        .noneMatch(line -> line.contains(" picocli."));
  }

  private static List<String> files(JarFile jar) {
    return jar.stream().filter(entry -> !entry.isDirectory()).map(JarEntry::getName).toList();
  }

  private static List<String> classPath(Path file) throws IOException {
    try (JarFile jar = new JarFile(file.toFile())) {
      Attributes main = jar.getManifest().getMainAttributes();
      return List.of(main.getValue(Attributes.Name.CLASS_PATH).split(" ", -1));
    }
  }
}
