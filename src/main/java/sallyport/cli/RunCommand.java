package sallyport.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import sallyport.cli.command.Command;
import sallyport.cli.process.GatewayProcess;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;

/** {@code sallyport run}: runs the gateway until a signal stops it. */
final class RunCommand implements Command {
  @Override
  public String name() {
    return "run";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Runs the gateway.",
        "Prints one line with every bound address once it serves. SIGTERM or SIGINT: is not ready,"
            + " and after lame-duck takes no new connections, ends the exchanges in flight within"
            + " drain-timeout, exits 0. A second signal ends lame-duck; one behind that ends at"
            + " once. SIGHUP: reads the configuration, certificates, keys and trust again; what"
            + " cannot be used, or is less strict, is refused. SIGUSR1: opens the log files"
            + " again.",
        "With hand-over.socket in the configuration, it takes over from the process that runs with"
            + " the same setting: no connection is refused. See docs/upgrade.md.");
  }

  @Override
  public List<Option> options() {
    return List.of(ConfigFile.OPTION);
  }

  @Override
  public boolean serves() {
    return true;
  }

  @Override
  public int run(CommandLine line, PrintWriter out, PrintWriter err)
      throws InvalidConfiguration, InterruptedException {
    Path file = ConfigFile.of(line);
    return GatewayProcess.run(() -> GatewayConfig.load(file), out, err);
  }
}
