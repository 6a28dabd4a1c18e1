package sallyport.always;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.OneLane;

/** A process that takes the place of the one before, again and again under load. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@OneLane("The gateway is a process of its own, with two event loops.")
class HandOversIT {
  @Test
  void loseNothing(@TempDir Path folder) throws Exception {
    try (Scene scene = Scene.open(folder)) {
      scene.prove(
          2,
          turn -> {
            scene.handOver();
            scene.load().await(10);
          });
    }
  }
}
