package sallyport.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import sallyport.config.ConfigException;
import sallyport.logging.Logs;

/**
 * Where the process begins: {@link GatewayProcess} at once, or whatever {@link RootCommand} reads.
 */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its status. */
  public static void main(String[] args) {
    int status =
        execute(
            args,
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    Logs.flushAndStop();
    System.exit(status);
  }

  /**
   * Runs one command.
   *
   * @return the exit status, one of {@link ExitStatus}
   */
  static int execute(String[] args, PrintWriter out, PrintWriter err) {
    try {
      if (args.length == 2 && args[0].equals("rehearse")) {
        return RehearsalProcess.run(Path.of(args[1]), err);
      }
      Path file = GatewayProcess.fileOf(args);
      if (file != null) {
        return GatewayProcess.run(file, out, err);
      }
    } catch (Exception e) {
      return failed(e, err);
    }
    return RootCommand.execute(args, out, err);
  }

  /** Says why a command did not end as it should. */
  static int failed(Exception e, PrintWriter err) {
    if (e instanceof ConfigException bad) {
      bad.problems().forEach(err::println);
      return ExitStatus.BAD_CONFIGURATION;
    }
    e.printStackTrace(err);
    return ExitStatus.SOFTWARE;
  }
}
