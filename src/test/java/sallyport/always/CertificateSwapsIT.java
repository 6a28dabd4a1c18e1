package sallyport.always;

import static org.assertj.core.api.Assertions.assertThat;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sallyport.testkit.OneLane;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;

/** New certificates and keys on both sides, again and again under load. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@OneLane("The gateway is a process of its own, with two event loops.")
class CertificateSwapsIT {
  @Test
  void loseNothing(@TempDir Path folder) throws Exception {
    try (Scene scene = Scene.open(folder)) {
      scene.prove(
          5,
          turn -> {
            TestPki.FRONT
                .issue(
                    CertificateRequest.of("server " + turn)
                        .dns("localhost", "gateway.test", "*.wild.test")
                        .ip("127.0.0.1")
                        .usage(SERVER_AUTH))
                .write(scene.file("server.pem"), scene.file("server.key"));
            TestPki.BACK
                .issue(CertificateRequest.of("gateway " + turn).usage(CLIENT_AUTH))
                .write(scene.file("client.pem"), scene.file("client.key"));
            assertThat(scene.gateway().reload()).contains("rotated");
            scene.load().await(10);
          });
    }
  }
}
