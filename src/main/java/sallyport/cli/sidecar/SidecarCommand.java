package sallyport.cli.sidecar;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import sallyport.cli.command.Command;
import sallyport.cli.command.ExitStatus;
import sallyport.cli.process.GatewayProcess;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;

/** {@code sallyport sidecar}: runs a gateway whose configuration is made of options. */
public final class SidecarCommand implements Command {
  @Override
  public String name() {
    return "sidecar";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Runs a gateway beside a service without TLS: mutual TLS in, plain to this machine.",
        "Takes only clients whose certificate has a name of --allow, and forwards to a Unix socket"
            + " or a literal loopback address. With --client it is the other way round: plain from"
            + " a literal loopback address, mutual TLS to a partner.",
        "It is run with the configuration that --print prints: signals, reloads, metrics and logs"
            + " are those of run. Lines of problems are lines of that text.",
        "Exit status: as run. 78 also for a value of an option that cannot be used.");
  }

  @Override
  public List<Option> options() {
    return SidecarOptions.ALL;
  }

  @Override
  public boolean serves() {
    return true;
  }

  @Override
  public int run(CommandLine line, PrintWriter out, PrintWriter err)
      throws ParseException, InvalidConfiguration, InterruptedException {
    String hocon = SidecarOptions.read(line).hocon();
    if (line.hasOption(SidecarOptions.PRINT)) {
      out.print(hocon);
      out.flush();
      return ExitStatus.OK;
    }
    return GatewayProcess.run(() -> GatewayConfig.parse(hocon, Path.of(""), name()), out, err);
  }
}
