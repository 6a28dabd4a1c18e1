package sallyport.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sallyport.config.ConfigException;
import sallyport.demo.Rehearsal;
import sallyport.logging.Logs;

/** {@code sallyport rehearse}: what {@code bin/sallyport train} lets a JVM watch. */
@Command(
    name = "rehearse",
    hidden = true,
    mixinStandardHelpOptions = true,
    description =
        "Runs the demo on ports of its own, is all its clients for a few seconds, and ends.")
final class RehearseCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "A development PKI; made when it is missing.")
  private Path certificates;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws ConfigException, InterruptedException {
    StopSignal.install(); // Part of every start.
    try {
      Rehearsal.perform(certificates);
    } catch (IOException notAsItShouldBe) {
      spec.commandLine().getErr().println(notAsItShouldBe.getMessage());
      return ExitStatus.SOFTWARE;
    } finally {
      Logs.flushAndStop();
    }
    return ExitStatus.OK;
  }
}
