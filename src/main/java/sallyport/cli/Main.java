package sallyport.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.logging.Logs;

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
