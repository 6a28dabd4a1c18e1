package sallyport.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import sallyport.config.ConfigException;
import sallyport.config.GatewayConfig;
import sallyport.gateway.Gateway;
import sallyport.logging.Logs;

/** {@code sallyport run}: the gateway, until a signal stops it. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs the gateway.",
      "Prints one line with every bound address once it serves. SIGTERM or SIGINT: takes no new"
          + " connections, ends the exchanges in flight within drain-timeout, exits 0. A second"
          + " signal ends at once. SIGHUP: opens certificates, keys and trust again."
    })
final class RunCommand implements Callable<Integer> {
  @Mixin private ConfigOption config;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws ConfigException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    GatewayConfig loaded = config.load();
    StopSignal stop = StopSignal.install();
    try (Gateway gateway = Gateway.start(loaded)) {
      Signals.on("HUP", () -> gateway.reload("signal", null));
      out.println("serving " + BoundAddresses.toText(gateway.addresses()));
      out.flush();
      stop.await();
      gateway.drain(loaded.drainTimeout());
    } catch (IOException cannotBind) {
      spec.commandLine().getErr().println(cannotBind.getMessage());
      return ExitStatus.CANNOT_BIND;
    } finally {
      Logs.flushAndStop();
    }
    return ExitStatus.OK;
  }
}
