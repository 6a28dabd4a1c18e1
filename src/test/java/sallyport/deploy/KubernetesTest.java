package sallyport.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.GatewayConfig;
import sallyport.config.admin.AdminBind;
import sallyport.config.admin.AdminPart;
import sallyport.config.listener.ListenerConfig;

/** The manifests of deploy/kubernetes, and what they have in common with the gateway. */
class KubernetesTest {
  static final Path FOLDER = Path.of("deploy/kubernetes");

  /** Lines that a log needs to be written when a stop has ended its drain. */
  private static final int FLUSH_SECONDS = 5;

  private static final Pattern FILE = Pattern.compile("\"(certs/[a-z.-]+)\"");

  @TempDir private Path folder;
  private JsonNode deployment = Manifests.readLoose("{}");
  private JsonNode pod = Manifests.readLoose("{}");
  private JsonNode container = Manifests.readLoose("{}");

  static String text(String file) throws IOException {
    return Files.readString(FOLDER.resolve(file));
  }

  private static JsonNode one(String file) throws IOException {
    Map<String, JsonNode> all = Manifests.read(text(file));
    assertThat(all).as(file).hasSize(1);
    return all.values().iterator().next();
  }

  @BeforeEach
  void read() throws IOException {
    deployment = one("base/deployment.yaml");
    pod = deployment.at("/spec/template/spec");
    assertThat(pod.path("containers")).hasSize(1);
    container = pod.path("containers").path(0);
  }

  private GatewayConfig configuration() throws Exception {
    String hocon = text("base/gateway.conf");
    for (String file : filesOf(hocon)) {
      Files.createDirectories(folder.resolve(file).getParent());
      Files.createFile(folder.resolve(file));
    }
    String address = container.at("/env/0/value").asText();
    assertThat(container.at("/env/0/name").asText()).isEqualTo("ADMIN_ADDRESS");
    return GatewayConfig.parse(hocon.replace("${ADMIN_ADDRESS}", address), folder);
  }

  private static List<String> filesOf(String hocon) {
    return FILE.matcher(hocon).results().map(each -> each.group(1)).distinct().toList();
  }

  private static List<String> texts(JsonNode array) {
    List<String> all = new ArrayList<>();
    array.forEach(each -> all.add(each.asText()));
    return all;
  }

  // ---- each alone

  @ParameterizedTest
  @ValueSource(strings = {"base", "prometheus"})
  void everyManifestIsOneThatTheApiAccepts(String part) throws IOException {
    List<String> listed =
        texts(Manifests.readLoose(text(part + "/kustomization.yaml")).path("resources"));

    assertThat(listed).isNotEmpty();
    try (Stream<Path> files = Files.list(FOLDER.resolve(part))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(file -> file.endsWith(".yaml") && !file.equals("kustomization.yaml"))
          .containsExactlyInAnyOrderElementsOf(listed);
    }
    for (String file : listed) {
      JsonNode manifest = one(part + "/" + file);
      assertThat(manifest.at("/metadata/namespace").isMissingNode()).as(file).isTrue();
      assertThat(manifest.at("/metadata/labels/app.kubernetes.io~1name").asText())
          .as(file)
          .isEqualTo("sallyport");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "replicsa: 2",
        "template: {spec: {containers: [{nmae: x}]}}",
        "replicas: two",
        "replicas: '2'",
        "replicas: 1, replicas: 2"
      })
  void aFieldAndAValueThatTheApiRefusesAreFound(String spec) {
    String manifest = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}, spec: {%s}}";

    assertThat(Manifests.read(manifest.formatted("replicas: 2"))).containsKey("Deployment/x");
    assertThatThrownBy(() -> Manifests.read(manifest.formatted(spec)))
        .hasMessageMatching("(?s).*(replicsa|nmae|two|\"2\"|duplicate).*");
  }

  @Test
  void thePodHasNoRightThatItDoesNotNeed() {
    assertThat(pod.path("automountServiceAccountToken").asBoolean(true)).isFalse();
    assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
    assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
    assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true)).isFalse();
    assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
    assertThat(texts(container.at("/securityContext/capabilities/drop"))).containsExactly("ALL");
    assertThat(container.at("/securityContext/capabilities/add").isMissingNode()).isTrue();
    assertThat(container.at("/volumeMounts/0/readOnly").asBoolean()).isTrue();
  }

  // ---- beside the gateway

  @Test
  void aPodIsNotKilledWhileItDrains() throws Exception {
    GatewayConfig config = configuration();

    assertThat(pod.path("terminationGracePeriodSeconds").asLong())
        .isGreaterThan(config.lameDuck().plus(config.drainTimeout()).toSeconds() + FLUSH_SECONDS);
  }

  @Test
  void portsAreThoseOfTheListeners() throws Exception {
    GatewayConfig config = configuration();
    Map<String, Integer> ports = new HashMap<>();
    container
        .path("ports")
        .forEach(port -> ports.put(port.path("name").asText(), port.path("containerPort").asInt()));
    Map<String, Integer> bound = new HashMap<>();
    for (ListenerConfig listener : config.listeners().values()) {
      bound.put(listener.name(), listener.bind().port());
      assertThat(listener.bind().port()).as("needs no capability").isGreaterThan(1023);
    }
    assertThat(ports).isEqualTo(bound);

    Map<String, Integer> service = new HashMap<>();
    JsonNode spec = one("base/service.yaml").path("spec");
    spec.path("ports")
        .forEach(port -> service.put(port.path("targetPort").asText(), port.path("port").asInt()));
    assertThat(service.keySet()).isEqualTo(ports.keySet());
    assertThat(config.httpProxies().getFirst().publicPort()).isEqualTo(service.get("https"));
    assertThat(spec.path("externalTrafficPolicy").asText()).isEqualTo("Local");

    JsonNode network = one("base/network.yaml").path("spec");
    assertThat(network.at("/ingress/0/ports")).hasSameSizeAs(ports.keySet());
    network
        .at("/ingress/0/ports")
        .forEach(port -> assertThat(ports).containsKey(port.path("port").asText()));
    assertThat(network.at("/egress/1/ports/0/port").asInt())
        .isEqualTo(config.backends().values().iterator().next().endpoints().getFirst().port());
  }

  @Test
  void probesAskTheAdminListenerByTheScriptOfTheImage() throws Exception {
    AdminBind.Tcp metrics = (AdminBind.Tcp) configuration().admin().of(AdminPart.METRICS).bind();
    int port = metrics.address().port();
    String script = found("ENTRYPOINT \\[\"([^\"]+)\"\\]", Files.readString(Path.of("Dockerfile")));

    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      assertThat(container.at("/" + probe + "/exec/command/2").asText())
          .as(probe)
          .isEqualTo(
              "exec %s health%s --url \"http://$ADMIN_ADDRESS:%d\""
                  .formatted(script, probe.equals("readinessProbe") ? " --ready" : "", port));
    }
    JsonNode added =
        Manifests.readLoose(
            Manifests.readLoose(text("prometheus/kustomization.yaml"))
                .at("/patches/0/patch")
                .asText());
    assertThat(added.at("/spec/template/spec/containers/0/ports/0/containerPort").asInt())
        .isEqualTo(port);
    assertThat(one("prometheus/pods.yaml").at("/spec/podMetricsEndpoints/0/port").asText())
        .isEqualTo(added.at("/spec/template/spec/containers/0/ports/0/name").asText());
  }

  @Test
  void theUserIsThatOfTheImageAndItsGroupGetsTheFiles() throws IOException {
    Matcher user =
        Pattern.compile("(?m)^USER (\\d+):(\\d+)$")
            .matcher(Files.readString(Path.of("Dockerfile")));
    assertThat(user.find()).isTrue();
    JsonNode context = pod.path("securityContext");

    assertThat(context.path("runAsUser").asText()).isEqualTo(user.group(1));
    assertThat(context.path("runAsGroup").asText()).isEqualTo(user.group(2));
    assertThat(context.path("fsGroup").asText()).isEqualTo(user.group(2));
    assertThat(pod.at("/volumes/0/projected/defaultMode").asInt()).isEqualTo(0400);
  }

  @Test
  void theVolumeHasWhatTheConfigurationNames() throws IOException {
    List<String> paths = new ArrayList<>();
    for (JsonNode source : pod.at("/volumes/0/projected/sources")) {
      source.elements().next().path("items").forEach(item -> paths.add(item.path("path").asText()));
    }
    assertThat(paths).containsExactlyInAnyOrderElementsOf(filesOf(text("base/gateway.conf")));
    JsonNode generated = Manifests.readLoose(text("base/kustomization.yaml"));
    assertThat(generated.at("/configMapGenerator/0/files/0").asText()).isEqualTo("gateway.conf");
    assertThat(pod.at("/volumes/0/projected/sources/0/configMap/name").asText())
        .isEqualTo(generated.at("/configMapGenerator/0/name").asText());
    assertThat(texts(container.path("args")))
        .containsExactly(
            "run", "-c", container.at("/volumeMounts/0/mountPath").asText() + "/gateway.conf");
  }

  @Test
  void whatRefersToTheDeploymentFindsIt() throws IOException {
    String name = deployment.at("/metadata/name").asText();
    JsonNode labels = deployment.at("/spec/template/metadata/labels");

    assertThat(one("base/autoscaler.yaml").at("/spec/scaleTargetRef/name").asText())
        .isEqualTo(name);
    assertThat(deployment.at("/spec/replicas").isMissingNode()).as("the autoscaler's").isTrue();
    for (JsonNode selector :
        List.of(
            deployment.at("/spec/selector/matchLabels"),
            one("base/service.yaml").at("/spec/selector"),
            one("base/disruption.yaml").at("/spec/selector/matchLabels"),
            one("base/network.yaml").at("/spec/podSelector/matchLabels"),
            one("prometheus/network.yaml").at("/spec/podSelector/matchLabels"),
            one("prometheus/pods.yaml").at("/spec/selector/matchLabels"))) {
      assertThat(selector).isEqualTo(labels);
    }
    assertThat(pod.path("serviceAccountName").asText())
        .isEqualTo(one("base/serviceaccount.yaml").at("/metadata/name").asText());
    // Fewer pods than the autoscaler has at least, so that a node can always be drained.
    assertThat(one("base/disruption.yaml").at("/spec/maxUnavailable").asInt())
        .isLessThan(one("base/autoscaler.yaml").at("/spec/minReplicas").asInt());
  }

  @Test
  void theImageIsThatOfThisVersion() throws IOException {
    JsonNode images = Manifests.readLoose(text("base/kustomization.yaml")).path("images");

    assertThat(images.at("/0/name").asText()).isEqualTo(container.path("image").asText());
    assertThat(images.at("/0/newTag").asText())
        .isEqualTo(found("<version>([^<]+)</version>", Files.readString(Path.of("pom.xml"))));
  }

  private static String found(String pattern, String text) {
    Matcher match = Pattern.compile(pattern).matcher(text);
    assertThat(match.find()).as(pattern).isTrue();
    return Objects.requireNonNull(match.group(1));
  }
}
