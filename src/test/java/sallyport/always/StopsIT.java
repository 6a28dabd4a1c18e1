package sallyport.always;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.Eventually;
import sallyport.testkit.OneLane;

/**
 * Endpoint that is stopped under load (SIGSTOP) and continued, again and again. Requests that it
 * has taken wait until then; those that come after its ejection have their answers before.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@OneLane("The gateway is a process of its own, with two event loops.")
class StopsIT {
  @Test
  void loseNoSafeRequest(@TempDir Path folder) throws Exception {
    try (Scene scene = Scene.open(folder, "2s")) {
      scene.prove(
          5,
          turn -> {
            scene.endpoint().stop();
            try {
              Eventually.equal("endpoint up", 0.0, scene::endpointUp);
              scene.load().await(20);
            } finally {
              scene.endpoint().resume();
            }
            scene.awaitInService();
          });
    }
  }
}
