package sallyport.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import sallyport.config.problem.InvalidConfiguration;

/** {@code sallyport run}: the gateway, until a signal stops it. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs the gateway.",
      "Prints one line with every bound address once it serves. SIGTERM or SIGINT: is not"
          + " ready, and after lame-duck takes no new connections, ends the exchanges in flight"
          + " within drain-timeout, exits 0. A second"
          + " signal ends at once. SIGHUP: reads the configuration, certificates, keys and trust"
          + " again; what cannot be used, or is less strict, is refused. SIGUSR1: opens the log"
          + " files again."
    })
final class RunCommand implements Callable<Integer> {
  @Mixin private ConfigOption config;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InvalidConfiguration, InterruptedException {
    CommandLine command = spec.commandLine();
    return GatewayProcess.run(config.file(), command.getOut(), command.getErr());
  }
}
