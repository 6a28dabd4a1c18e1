package sallyport.cli;

import java.io.PrintWriter;
import java.util.List;
import sallyport.config.problem.InvalidConfiguration;

/** A command of {@code sallyport}. */
public interface Command {
  /** The word behind {@code sallyport}. */
  String name();

  /** What it does, for the help: paragraphs, of which the first stands in the list of commands. */
  List<String> description();

  /** Its options besides {@code --help} and {@code --version}, in the order of the help. */
  default List<Option> options() {
    return List.of();
  }

  /** What else stands on its line. */
  default Operands operands() {
    return Operands.NONE;
  }

  /**
   * Whether it logs as the Logback configuration says that the process names. The lines of a
   * command that serves no client stay on stderr, and its stdout has nothing but what it prints.
   */
  default boolean serves() {
    return false;
  }

  /** Whether the list of commands has it. */
  default boolean isListed() {
    return true;
  }

  /**
   * Runs it on the main thread.
   *
   * @return the exit status, one of {@link ExitStatus}
   * @throws BadUsage when the value of an option makes no sense
   * @throws InvalidConfiguration with everything that is wrong with the configuration
   */
  int run(Arguments arguments, PrintWriter out, PrintWriter err)
      throws BadUsage, InvalidConfiguration, InterruptedException;
}
