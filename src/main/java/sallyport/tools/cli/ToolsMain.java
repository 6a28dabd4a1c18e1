package sallyport.tools.cli;

import java.util.ArrayList;
import java.util.List;
import sallyport.cli.Main;
import sallyport.cli.command.Command;
import sallyport.cli.command.Dispatcher;

/** Entry point of the product with its tools. */
public final class ToolsMain {
  private ToolsMain() {}

  /** Runs one command and ends the process with its status. */
  public static void main(String[] args) {
    new Dispatcher(commands()).main(args);
  }

  /** Returns the commands of the product and those of the tools. */
  static List<Command> commands() {
    List<Command> commands = new ArrayList<>(Main.COMMANDS);
    commands.addAll(List.of(new DemoCommand(), new PkiCommand(), new TrainCommand()));
    return commands;
  }
}
