package sallyport.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.gateway.Gateway;
import sallyport.logging.Logs;

/**
 * What {@code sallyport run} does. Knows nothing of the library that reads command lines: its
 * classes cannot be cached (docs/startup.md), and reading {@code run -c FILE} with it took a
 * quarter of the time to the first answer.
 */
final class GatewayProcess {
  static final String DEFAULT_FILE = "conf/gateway.conf";

  private GatewayProcess() {}

  /**
   * The configuration of a command line that is {@code run} with {@code -c FILE} at most.
   *
   * @return null for every other one, however small the difference
   */
  static @Nullable Path fileOf(String[] args) {
    if (args.length == 0 || !args[0].equals("run")) {
      return null;
    }
    if (args.length == 1) {
      return Path.of(DEFAULT_FILE);
    }
    boolean named = args.length == 3 && (args[1].equals("-c") || args[1].equals("--config"));
    return named && isPlain(args[2]) ? Path.of(args[2]) : null;
  }

  /** Whether a value can be nothing but the name of a file: no option, and no file of arguments. */
  private static boolean isPlain(String value) {
    return !value.isEmpty()
        && (Character.isLetterOrDigit(value.charAt(0)) || "./_".indexOf(value.charAt(0)) >= 0);
  }

  /**
   * Runs the gateway until a signal stops it.
   *
   * @return the exit status, one of {@link ExitStatus}
   * @throws InvalidConfiguration with everything that is wrong with the configuration
   */
  static int run(Path file, PrintWriter out, PrintWriter err)
      throws InvalidConfiguration, InterruptedException {
    HangupSignal hangup = HangupSignal.install();
    StopSignal stop = StopSignal.install();
    Signals.on("USR1", Logs::reopen);
    try (Gateway gateway = Gateway.start(() -> GatewayConfig.load(file))) {
      out.println("serving " + BoundAddresses.toText(gateway.addresses()));
      out.flush();
      hangup.serving(() -> gateway.reload("signal", null));
      stop.await();
      gateway.drain();
    } catch (IOException cannotBind) {
      err.println(cannotBind.getMessage());
      return ExitStatus.CANNOT_BIND;
    } finally {
      Logs.flushAndStop();
    }
    return ExitStatus.OK;
  }
}
