package sallyport.deploy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Manifests of Kubernetes, read as its API server reads them: a field that the kind does not have,
 * a value of another type and a key that is there twice are errors.
 *
 * <p>The classes of the kinds are those of fabric8's client, which are made from the API. They put
 * unknown fields aside; here they may not.
 */
final class Manifests {
  private static final String MODEL = "io.fabric8.kubernetes.api.model.";

  /** By apiVersion and kind. */
  private static final Map<String, String> KINDS =
      Map.of(
          "v1 ConfigMap", MODEL + "ConfigMap",
          "v1 Service", MODEL + "Service",
          "v1 ServiceAccount", MODEL + "ServiceAccount",
          "apps/v1 Deployment", MODEL + "apps.Deployment",
          "autoscaling/v2 HorizontalPodAutoscaler",
              MODEL + "autoscaling.v2.HorizontalPodAutoscaler",
          "networking.k8s.io/v1 NetworkPolicy", MODEL + "networking.v1.NetworkPolicy",
          "policy/v1 PodDisruptionBudget", MODEL + "policy.v1.PodDisruptionBudget",
          "monitoring.coreos.com/v1 PodMonitor",
              "io.fabric8.openshift.api.model.monitoring.v1.PodMonitor");

  private static final ObjectMapper STRICT =
      JsonMapper.builder()
          .annotationIntrospector(
              new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1;

                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                  return false;
                }
              })
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_IGNORED_PROPERTIES)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private Manifests() {}

  /**
   * Reads the documents of a text.
   *
   * @return by kind and name, such as {@code Service/sallyport}
   * @throws IllegalArgumentException where the API would refuse a document, with the field
   */
  static Map<String, JsonNode> read(String yaml) {
    Map<String, JsonNode> found = new LinkedHashMap<>();
    for (Object document : yaml().loadAll(yaml)) {
      JsonNode node = STRICT.valueToTree(document);
      String kind = node.path("apiVersion").asText() + " " + node.path("kind").asText();
      String type =
          Objects.requireNonNull(KINDS.get(kind), () -> "no class is known of '" + kind + "'");
      try {
        STRICT.convertValue(document, Class.forName(type));
      } catch (ClassNotFoundException e) {
        throw new IllegalStateException(e);
      }
      String name = node.path("kind").asText() + "/" + node.at("/metadata/name").asText();
      if (found.put(name, node) != null) {
        throw new IllegalArgumentException(name + " is there twice");
      }
    }
    return found;
  }

  /** Reads one document of no kind of the API, such as a kustomization. */
  static JsonNode readLoose(String yaml) {
    return STRICT.valueToTree(yaml().<Object>load(yaml));
  }

  private static Yaml yaml() {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    return new Yaml(new SafeConstructor(options));
  }
}
