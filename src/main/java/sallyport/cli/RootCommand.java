package sallyport.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code sallyport} and its subcommands. */
@Command(
    name = "sallyport",
    description = "A TLS-terminating reverse proxy for services that must encrypt and prove it.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      CheckCommand.class,
      PkiCommand.class,
      HealthCommand.class,
      VersionCommand.class
    })
final class RootCommand implements Runnable {
  @Spec private CommandSpec spec;

  /**
   * Runs one command.
   *
   * @return the exit status, one of {@link ExitStatus}
   */
  static int execute(String[] args, PrintWriter out, PrintWriter err) {
    return new CommandLine(new RootCommand())
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(RootCommand::badUsage)
        .setExecutionExceptionHandler((e, command, parsed) -> Main.failed(e, command.getErr()))
        .execute(args);
  }

  /** Without a subcommand there is nothing to do. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is needed");
  }

  private static int badUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + e.getMessage());
    command.getErr().println("Try '" + name + " --help'.");
    return ExitStatus.USAGE;
  }
}
