package sallyport.cli.command;

import java.io.PrintWriter;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import sallyport.config.problem.InvalidConfiguration;

/** A command of {@code sallyport}. Called on the main thread. */
public interface Command {
  /** Returns the word behind {@code sallyport}. */
  String name();

  /**
   * Returns the paragraphs that describe it in the help. The first one is in the list of commands
   * too.
   */
  List<String> description();

  /**
   * Returns its options besides {@code --help} and {@code --version}, in the order of the help.
   * Each has a long name, and a description that names its default.
   */
  default List<Option> options() {
    return List.of();
  }

  /** Returns its operands. */
  default Operands operands() {
    return Operands.NONE;
  }

  /**
   * Returns whether the command serves clients, and logs as the Logback configuration of the
   * process says. Any other command logs to stderr, and its stdout has only what it prints.
   */
  default boolean serves() {
    return false;
  }

  /** Returns whether the list of commands has it. */
  default boolean isListed() {
    return true;
  }

  /**
   * Runs the command.
   *
   * @return the exit status, one of {@link ExitStatus}
   * @throws ParseException with a message for the user when the value of an option is invalid
   * @throws InvalidConfiguration with every problem of the configuration
   */
  int run(CommandLine line, PrintWriter out, PrintWriter err)
      throws ParseException, InvalidConfiguration, InterruptedException;
}
