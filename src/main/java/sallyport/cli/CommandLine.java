package sallyport.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.logging.setup.Logs;

/**
 * The parser of command lines, for all commands of a process. Its classes are in the start-up
 * cache, and {@code run} takes the same way as every other command.
 */
public final class CommandLine {
  private final List<Command> commands;

  /**
   * A parser of these commands.
   *
   * @param commands in the order of the help
   */
  public CommandLine(List<Command> commands) {
    this.commands = List.copyOf(commands);
  }

  /** Runs one command and ends the process with its status. */
  public void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    Command command = args.length == 0 ? null : find(args[0]);
    if (command == null || !command.serves()) {
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
  public int execute(String[] args, PrintWriter out, PrintWriter err) {
    Command command = null;
    try {
      List<String> words = List.of(args);
      if (words.isEmpty()) {
        throw new BadUsage("a command is needed");
      }
      String first = words.getFirst();
      command = find(first);
      if (command != null) {
        return run(command, words.subList(1, words.size()), out, err);
      }
      if (Arguments.HELP.names().contains(first)) {
        return print(Help.of(commands), out);
      }
      if (Arguments.VERSION.names().contains(first)) {
        return print(Version.text(), out);
      }
      throw new BadUsage("there is no command '" + first + "'");
    } catch (BadUsage bad) {
      String name = command == null ? "sallyport" : "sallyport " + command.name();
      err.println(name + ": " + bad.getMessage());
      err.println("Try '" + name + " --help'.");
      return ExitStatus.USAGE;
    } catch (InvalidConfiguration bad) {
      bad.problems().forEach(err::println);
      return ExitStatus.BAD_CONFIGURATION;
    } catch (Exception e) {
      e.printStackTrace(err);
      return ExitStatus.SOFTWARE;
    }
  }

  private static int run(Command command, List<String> words, PrintWriter out, PrintWriter err)
      throws BadUsage, InvalidConfiguration, InterruptedException {
    Arguments arguments = Arguments.parse(command, words);
    if (arguments.has(Arguments.HELP)) {
      return print(Help.of(command), out);
    }
    if (arguments.has(Arguments.VERSION)) {
      return print(Version.text(), out);
    }
    return command.run(arguments, out, err);
  }

  private static int print(String text, PrintWriter out) {
    out.print(text);
    out.flush();
    return ExitStatus.OK;
  }

  private @Nullable Command find(String name) {
    for (Command command : commands) {
      if (command.name().equals(name)) {
        return command;
      }
    }
    return null;
  }
}
