package sallyport.always;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.OneLane;

/** Endpoint that is killed under load and started again, again and again. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@OneLane("The gateway is a process of its own, with two event loops.")
class KillsIT {
  @Test
  void loseNoSafeRequest(@TempDir Path folder) throws Exception {
    try (Scene scene = Scene.open(folder)) {
      scene.prove(
          5,
          turn -> {
            scene.endpoint().kill();
            scene.load().await(20);
            scene.endpoint().startAgain();
            scene.awaitInService();
          });
    }
  }
}
