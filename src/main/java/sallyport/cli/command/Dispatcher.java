package sallyport.cli.command;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.ParseException;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.logging.setup.Logs;

/** Dispatcher of the commands of a process. Used on the main thread. */
public final class Dispatcher {
  private final List<Command> commands;

  /**
   * Makes a dispatcher of these commands.
   *
   * @param commands in the order of the help
   */
  public Dispatcher(List<Command> commands) {
    this.commands = List.copyOf(commands);
  }

  /** Runs one command and ends the process with its status. */
  public void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    Command command = args.length == 0 ? null : find(args[0]);
    if (command == null || !command.serves()) {
      Logs.keepOnStderr();
      // Programs read the stdout of such a command: it has no log lines.
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
    Command command = args.length == 0 ? null : find(args[0]);
    try {
      return run(command, List.of(args), out, err);
    } catch (ParseException bad) {
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

  private int run(@Nullable Command command, List<String> words, PrintWriter out, PrintWriter err)
      throws ParseException, InvalidConfiguration, InterruptedException {
    if (words.isEmpty()) {
      throw new ParseException("a command is needed");
    }
    List<String> rest = words.subList(1, words.size());
    CommandLine general = CommandParser.parseGeneral(command == null ? words.subList(0, 1) : rest);
    if (general.hasOption(CommandParser.HELP)) {
      return print(command == null ? Help.of(commands) : Help.of(command), out);
    }
    if (general.hasOption(CommandParser.VERSION)) {
      return print(VersionCommand.text(), out);
    }
    if (command == null) {
      throw new ParseException("there is no command '" + words.getFirst() + "'");
    }
    return command.run(CommandParser.parse(command, rest), out, err);
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
