package sallyport.cli;

import java.util.List;
import sallyport.cli.command.Command;
import sallyport.cli.command.Dispatcher;
import sallyport.cli.command.VersionCommand;
import sallyport.cli.sidecar.SidecarCommand;

/** Entry point of the product. */
public final class Main {
  /** The commands of the product. */
  public static final List<Command> COMMANDS =
      List.of(
          new RunCommand(),
          new SidecarCommand(),
          new CheckCommand(),
          new HealthCommand(),
          ControlCommand.status(),
          ControlCommand.reload(),
          ControlCommand.drain(),
          ControlCommand.undrain(),
          new VersionCommand());

  private Main() {}

  /** Runs one command and ends the process with its status. */
  public static void main(String[] args) {
    new Dispatcher(COMMANDS).main(args);
  }
}
