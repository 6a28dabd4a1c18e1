package sallyport.tools.cli;

import java.util.ArrayList;
import java.util.List;
import sallyport.cli.Command;
import sallyport.cli.CommandLine;
import sallyport.cli.Main;

/** Where the process begins that has the tools besides the product. */
public final class ToolsMain {
  private ToolsMain() {}

  /** Runs one command and ends the process with its status. */
  public static void main(String[] args) {
    new CommandLine(commands()).main(args);
  }

  /** Every command: the product's and the tools'. */
  static List<Command> commands() {
    List<Command> commands = new ArrayList<>(Main.COMMANDS);
    commands.addAll(List.of(new DemoCommand(), new PkiCommand(), new TrainCommand()));
    return commands;
  }
}
