package sallyport.cli;

import java.util.List;

/** Where the process of the product begins. */
public final class Main {
  /** The commands of the product. */
  public static final List<Command> COMMANDS =
      List.of(new RunCommand(), new CheckCommand(), new HealthCommand(), new VersionCommand());

  private Main() {}

  /** Runs one command and ends the process with its status. */
  public static void main(String[] args) {
    new CommandLine(COMMANDS).main(args);
  }
}
