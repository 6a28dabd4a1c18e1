package sallyport.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.logging.Logs;

/**
 * Where the process begins: {@link GatewayProcess} at once, or whatever {@link RootCommand} reads.
 */
public final class Main {
  /** Commands that log as the Logback configuration that is named says. */
  private static final Set<String> SERVING = Set.of("run", "demo", "rehearse");

  private Main() {}

  /** Runs one command and ends the process with its status. */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    if (args.length == 0 || !SERVING.contains(args[0])) {
      Logs.keepOnStderr();
      // What a command prints is for programs to read: nothing that is logged gets in between.
      System.setOut(System.err);
    }
    int status = execute(args, out, err);
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
    if (e instanceof InvalidConfiguration bad) {
      bad.problems().forEach(err::println);
      return ExitStatus.BAD_CONFIGURATION;
    }
    e.printStackTrace(err);
    return ExitStatus.SOFTWARE;
  }
}
