package sallyport.tools.training;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a training run does where the gateway does not do its part; the rest is StartupCacheIT's.
 */
class TrainingTest {
  private static final Pattern CLASS = Pattern.compile(" class=\"([^\"]+)\"");

  @TempDir private Path folder;

  @Test
  void aGatewayThatEndsBeforeItServesFailsTheTraining() {
    assertThatThrownBy(() -> Training.perform(folder, List.of("sh", "-c", "echo hello")))
        .isInstanceOf(IOException.class)
        .hasMessage("the gateway ended before it served");
    assertThat(folder.resolve("gateway.conf")).content().contains("listeners");
  }

  @Test
  void aGatewayThatDoesNotServeAllListenersFailsTheTraining() {
    assertThatThrownBy(
            () ->
                Training.perform(
                    folder, List.of("sh", "-c", "echo serving http=127.0.0.1:1; exec cat")))
        .isInstanceOf(IOException.class)
        .hasMessage("no https in: serving http=127.0.0.1:1");
  }

  /** What is not trained is missing in the cache. */
  @Test
  void theTrainingLogsByEveryClassOfTheConfigurationThatIsSupplied() throws IOException {
    String supplied = Files.readString(Path.of("conf/logback.xml"));
    try (InputStream trained = Training.class.getResourceAsStream("logback.xml")) {
      assertThat(classes(new String(trained.readAllBytes(), UTF_8)))
          .containsAll(classes(supplied))
          .contains("sallyport.logging.LineEncoder");
    }
  }

  private static Set<String> classes(String xml) {
    return CLASS.matcher(xml).results().map(found -> found.group(1)).collect(Collectors.toSet());
  }
}
