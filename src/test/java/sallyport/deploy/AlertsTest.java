package sallyport.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import sallyport.observe.metrics.GatewayMetrics;

/** The alert rules beside the metrics and the pages. AlertsIT has promtool run them. */
class AlertsTest {
  private static final Path RULES = Path.of("conf/prometheus/alerts.yml");
  private static final Pattern METRIC = Pattern.compile("\\b(?:gateway|process)_[a-z0-9_]+\\b");

  private static List<JsonNode> rules() throws IOException {
    List<JsonNode> rules = new ArrayList<>();
    Manifests.readLoose(Files.readString(RULES)).at("/groups/0/rules").forEach(rules::add);
    assertThat(rules).isNotEmpty();
    return rules;
  }

  @Test
  void theirMetricsAreThoseOfTheGateway() throws IOException {
    String known =
        Files.readString(Path.of("docs/observability.md")) + new GatewayMetrics().scrape();
    for (JsonNode rule : rules()) {
      assertThat(METRIC.matcher(rule.path("expr").asText()).results().map(each -> each.group()))
          .as(rule.path("alert").asText())
          .allSatisfy(metric -> assertThat(known).containsPattern("\\b" + metric + "\\b"));
    }
  }

  @Test
  void eachHasARowThatSaysWhatToDo() throws IOException {
    String page = Files.readString(Path.of("docs/operations.md"));
    for (JsonNode rule : rules()) {
      assertThat(page).contains("| `" + rule.path("alert").asText() + "` |");
      assertThat(rule.at("/labels/severity").asText()).isIn("page", "ticket");
    }
    assertThat(Pattern.compile("(?m)^\\| `Sallyport").matcher(page).results())
        .hasSameSizeAs(rules());
  }

  @Test
  void eachIsSeenToAlertAndToBeSilent() throws IOException {
    JsonNode tests =
        Manifests.readLoose(Files.readString(Path.of("conf/prometheus/alerts_test.yml")))
            .path("tests");
    for (JsonNode rule : rules()) {
      String alert = rule.path("alert").asText();
      List<Boolean> alerted = new ArrayList<>();
      for (JsonNode test : tests) {
        for (JsonNode each : test.path("alert_rule_test")) {
          if (each.path("alertname").asText().equals(alert)) {
            alerted.add(!each.path("exp_alerts").isEmpty());
          }
        }
      }
      assertThat(Map.of(alert, alerted)).isEqualTo(Map.of(alert, List.of(false, true)));
    }
  }
}
