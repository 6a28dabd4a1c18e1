package sallyport.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.OneLane;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Peers;
import sallyport.testkit.TestPki;

/** The manifests as kubectl builds them, and their configuration as a pod has it. */
@OneLane("No gateway serves.")
class KubernetesIT {
  /** The first minor version that knows components; Debian 12 has 20. */
  private static final int COMPONENTS = 21;

  private static final String WRITTEN = "..2026_11_30_16_00_00.1";

  @TempDir private Path folder;

  @Test
  void kubectlBuildsTheBase() throws Exception {
    for (String command : PageCommands.of("operations.md", "kubectl kustomize ")) {
      Map<String, JsonNode> built = Manifests.read(PageCommands.run(Path.of("."), command));
      assertThat(built.keySet())
          .filteredOn(name -> !name.startsWith("ConfigMap/"))
          .containsExactlyInAnyOrder(
              "Deployment/sallyport",
              "HorizontalPodAutoscaler/sallyport",
              "NetworkPolicy/sallyport",
              "PodDisruptionBudget/sallyport",
              "Service/sallyport",
              "ServiceAccount/sallyport");
      // Another content is another name, and so a rollout.
      String configuration =
          built
              .get("Deployment/sallyport")
              .at("/spec/template/spec/volumes/0/projected/sources/0/configMap/name")
              .asText();
      assertThat(configuration).matches("sallyport-[a-z0-9]{10}");
      assertThat(built.get("ConfigMap/" + configuration).at("/data/gateway.conf").asText())
          .isEqualTo(KubernetesTest.text("base/gateway.conf"));
    }
  }

  @Test
  void anOverlayHasItsOwnConfigurationAndPrometheus() throws Exception {
    Peers.demand("kubectl");
    Matcher version =
        Pattern.compile("GitVersion:\"?v1\\.(\\d+)|Client Version: v1\\.(\\d+)")
            .matcher(run(Map.of(), "kubectl", "version", "--client"));
    assertThat(version.find()).isTrue();
    int minor = Integer.parseInt(version.group(1) == null ? version.group(2) : version.group(1));
    assumeTrue(minor >= COMPONENTS, "this kubectl is too old for components");
    Path parts = folder.resolve("deploy");
    copy(KubernetesTest.FOLDER, parts);
    Path overlay = parts.resolve("example/kustomization.yaml");
    Files.writeString(
        overlay,
        Files.readString(overlay)
            .replace("# components:", "components:")
            .replace("# - ../", "- ../"));

    Map<String, JsonNode> built =
        Manifests.read(run(Map.of(), "kubectl", "kustomize", overlay.getParent().toString()));

    assertThat(built).containsKeys("PodMonitor/sallyport", "NetworkPolicy/sallyport-metrics");
    built.forEach(
        (name, manifest) ->
            assertThat(manifest.at("/metadata/namespace").asText()).as(name).isEqualTo("gateway"));
    JsonNode container = built.get("Deployment/sallyport").at("/spec/template/spec/containers/0");
    assertThat(container.path("image").asText()).startsWith("registry.example/sallyport:");
    assertThat(container.at("/env/0/value").isMissingNode()).isTrue();
    assertThat(container.at("/env/0/valueFrom/fieldRef/fieldPath").asText())
        .isEqualTo("status.podIP");
    assertThat(built.keySet()).filteredOn(name -> name.startsWith("ConfigMap/")).hasSize(1);
  }

  /** Links and modes as the kubelet makes them, read by the check of the gateway. */
  @Test
  void theConfigurationOfThePodPassesItsCheck() throws Exception {
    // An update is another folder, to which ..data then leads.
    Path written = folder.resolve(WRITTEN);
    Path certs = written.resolve("certs");
    TestPki.writeTo(certs);
    Files.writeString(
        certs.resolve("tickets.secret"),
        HexFormat.of().formatHex(new SecureRandom().generateSeed(32)));
    Files.writeString(written.resolve("gateway.conf"), KubernetesTest.text("base/gateway.conf"));
    Files.createSymbolicLink(folder.resolve("..data"), Path.of(WRITTEN));
    for (String name : List.of("certs", "gateway.conf")) {
      Files.createSymbolicLink(folder.resolve(name), Path.of("..data", name));
    }
    try (Stream<Path> files = Files.list(certs)) {
      for (Path file : files.toList()) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r-----"));
      }
    }

    String checked =
        run(
            Map.of("ADMIN_ADDRESS", "127.0.0.1"),
            "bin/sallyport",
            "check",
            "-c",
            folder.resolve("gateway.conf").toString());

    assertThat(checked)
        .contains(
            folder.resolve("certs/server.key") + "' has the mode r--r-----: its group may",
            " 0 fail\n")
        .as("the files of the next update are found")
        .doesNotContain(WRITTEN);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        Path place = to.resolve(from.relativize(each));
        Files.createDirectories(place.getParent());
        Files.copy(each, place);
      }
    }
  }

  private static String run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"));
    builder.environment().putAll(environment);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", List.of(command), said).isZero();
    return said;
  }
}
