package sallyport.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import sallyport.testkit.OneLane;
import sallyport.testkit.PageCommands;

/** The alert rules, read and tried by Prometheus' own tool. */
@OneLane("No gateway serves.")
class AlertsIT {
  @Test
  void theRulesAreValidAndAlertWhenTheyHaveTo() throws Exception {
    for (String command : PageCommands.of("operations.md", "promtool ")) {
      assertThat(PageCommands.run(Path.of("."), command)).contains("SUCCESS");
    }
  }
}
