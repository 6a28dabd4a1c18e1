package sallyport.always;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.OneLane;

/** Another configuration, again and again under load: each open connection ends with its own. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@OneLane("The gateway is a process of its own, with two event loops.")
class ReloadsIT {
  @Test
  void loseNothing(@TempDir Path folder) throws Exception {
    try (Scene scene = Scene.open(folder)) {
      scene.prove(
          20,
          turn -> {
            scene.configure(turn);
            assertThat(scene.gateway().reload()).contains("configuration: in use");
            scene.load().await(3);
          });
    }
  }
}
