package sallyport.cli;

import ch.qos.logback.core.joran.spi.JoranException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.logging.Logs;
import sallyport.tools.demo.Rehearsal;

/**
 * {@code sallyport rehearse DIR}: what {@code bin/sallyport train} lets a JVM watch. No command for
 * people, and not read by the library for them: what the training loads, every start loads.
 */
final class RehearsalProcess {
  private RehearsalProcess() {}

  /**
   * Runs the demo on ports of its own, is all its clients for a few seconds, and ends.
   *
   * @param certificates the folder of a development PKI; made when it is missing
   * @return the exit status, one of {@link ExitStatus}
   * @throws InvalidConfiguration when what lies in the folder cannot be used
   */
  static int run(Path certificates, PrintWriter err)
      throws InvalidConfiguration, InterruptedException {
    StopSignal.install(); // Part of every start.
    try {
      Rehearsal.perform(certificates);
      // Part of the starts of those who log to files.
      Logs.rehearse(certificates.resolve("logs"));
    } catch (IOException | JoranException notAsItShouldBe) {
      err.println(notAsItShouldBe.getMessage());
      return ExitStatus.SOFTWARE;
    } finally {
      Logs.flushAndStop();
    }
    return ExitStatus.OK;
  }
}
