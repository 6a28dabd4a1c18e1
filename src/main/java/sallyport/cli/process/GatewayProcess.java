package sallyport.cli.process;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.CompletableFuture;
import sallyport.cli.command.ExitStatus;
import sallyport.cli.notify.ServiceManager;
import sallyport.cli.signal.HangupSignal;
import sallyport.cli.signal.Signals;
import sallyport.cli.signal.StopSignal;
import sallyport.config.ConfigSource;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.gateway.Gateway;
import sallyport.logging.setup.Logs;

/**
 * The gateway of a process, from its start to the signal that stops it. Used on the main thread.
 */
public final class GatewayProcess {
  private GatewayProcess() {}

  /**
   * Runs the gateway until a signal stops it, or another process has taken over.
   *
   * @param source is read again at each reload
   * @return the exit status, one of {@link ExitStatus}
   * @throws InvalidConfiguration with every problem of the configuration
   */
  public static int run(ConfigSource source, PrintWriter out, PrintWriter err)
      throws InvalidConfiguration, InterruptedException {
    HangupSignal hangup = HangupSignal.install();
    StopSignal stop = StopSignal.install();
    Signals.on("USR1", Logs::reopen);
    ServiceManager manager = ServiceManager.ofProcess();
    manager.starting();
    CompletableFuture<Integer> next;
    try (Gateway gateway = Gateway.start(source);
        manager) {
      String addresses = BoundAddresses.toText(gateway.addresses());
      out.println("serving " + addresses);
      out.flush();
      gateway.observeReloads(manager);
      manager.serving(addresses, gateway.eventLoops());
      hangup.serving(() -> gateway.reload("signal", null));
      stop.shorten(gateway::endLameDuck);
      next = gateway.handedOver();
      CompletableFuture<Void> _ = next.thenRun(stop::request);
      stop.await();
      if (next.isDone()) {
        // The service goes on in that process, which gives its own signs of life.
        manager.close();
      } else {
        manager.stopping(gateway.longestDrain());
      }
      gateway.drain();
    } catch (IOException cannotBind) {
      err.println(cannotBind.getMessage());
      return ExitStatus.CANNOT_BIND;
    } finally {
      Logs.flushAndStop();
    }
    if (next.isDone()) {
      out.println("handed over to process " + next.join());
      out.flush();
    }
    return ExitStatus.OK;
  }
}
