package sallyport.tools.training;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import sallyport.tools.demo.Demo;
import sallyport.tools.demo.DemoBackend;
import sallyport.tools.pki.DevelopmentPki;

/**
 * A training run: a gateway that is a process of its own, with nothing of the tools in it, does for
 * some seconds what gateways do, so that its JVM learns which classes and which code that takes.
 */
public final class Training {
  private Training() {}

  /**
   * Writes certificates, {@code gateway.conf} and {@code logback.xml} to a folder, starts the
   * gateway, is its backend and its clients, and stops it. Returns when the process has ended,
   * which includes what its JVM does at its end.
   *
   * @param folder is there; the log files are written below it too
   * @param gateway the command that starts the gateway with these files
   * @throws IOException when something was not answered as it should be, or the gateway did not end
   *     with 0
   */
  public static void perform(Path folder, List<String> gateway)
      throws IOException, InterruptedException {
    DevelopmentPki.create(folder);
    try (DemoBackend backend = DemoBackend.start(folder)) {
      Files.writeString(
          folder.resolve("gateway.conf"),
          Demo.configuration(new Demo.Ports(0, 0, 0), backend.address().getPort()));
      writeLogback(folder);
      try (TrainedGateway trained = TrainedGateway.start(gateway, folder.resolve("logs"))) {
        new TrainingClients(trained, folder.resolve("ca.pem")).act();
        trained.stop();
      }
    }
  }

  /** A start reads XML where logs go to files; what reads it is to be learnt too. */
  private static void writeLogback(Path folder) throws IOException {
    try (InputStream xml = Training.class.getResourceAsStream("logback.xml")) {
      if (xml == null) {
        throw new IOException("logback.xml is missing beside " + Training.class);
      }
      Files.copy(xml, folder.resolve("logback.xml"));
    }
  }
}
