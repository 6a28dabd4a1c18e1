package sallyport.cli.command;

import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.DefaultParser.NonOptionAction;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/**
 * Parser of the words of a command. Commons CLI reads the words; the rules that it has not, such as
 * the number of operands, and the messages are here.
 */
final class CommandParser {
  static final Option HELP = Option.builder("h").longOpt("help").desc("Prints this help.").get();
  static final Option VERSION =
      Option.builder("V").longOpt("version").desc(VersionCommand.DESCRIPTION).get();

  /** The number of characters, hyphens included, that an unknown option and a suggestion share. */
  private static final int SIMILAR = 5;

  private CommandParser() {}

  /** Returns the options that every command has, in the order of the help. */
  static Options generalOptions() {
    return new Options().addOption(HELP).addOption(VERSION);
  }

  /** Returns all options of a command, the general ones at the end. */
  static Options optionsOf(Command command) {
    Options options = new Options();
    command.options().forEach(options::addOption);
    return options.addOptions(generalOptions());
  }

  /**
   * Reads the general options alone. Errors in the other words do not hide the help.
   *
   * @param words without the name of the command
   */
  static CommandLine parseGeneral(List<String> words) throws ParseException {
    return parser()
        .parse(generalOptions(), null, NonOptionAction.IGNORE, words.toArray(String[]::new));
  }

  /**
   * Reads the options and operands of a command.
   *
   * @param words without the name of the command
   * @throws ParseException with a message for the user for an argument that the command does not
   *     take, and for a missing one
   */
  static CommandLine parse(Command command, List<String> words) throws ParseException {
    Options options = optionsOf(command);
    CommandLine line;
    try {
      line = parser().parse(options, words.toArray(String[]::new));
    } catch (UnrecognizedOptionException unknown) {
      throw unknown(unknown.getOption(), options);
    } catch (MissingArgumentException missing) {
      throw withoutValue(missing.getOption());
    }
    for (Option option : line.getOptions()) {
      if (option.hasArg() && option.getValue("").isEmpty()) {
        throw withoutValue(option);
      }
      if (!option.hasArgs() && line.getOptionCount(option) > 1) {
        throw new ParseException("option '" + nameOf(option) + "' is given twice");
      }
    }
    checkCount(line.getArgList(), command.operands());
    return line;
  }

  /** Returns a parser that takes names and values as they are; it reads one line. */
  private static DefaultParser parser() {
    return DefaultParser.builder()
        .setAllowPartialMatching(false)
        .setStripLeadingAndTrailingQuotes(false)
        .get();
  }

  /** Returns the long name. */
  private static String nameOf(Option option) {
    return "--" + option.getLongOpt();
  }

  /**
   * Returns the error of an unknown option.
   *
   * @param word with its value, such as {@code --name=value}
   */
  private static ParseException unknown(String word, Options options) {
    String name = word.split("=", 2)[0];
    if (options.hasOption(name)) {
      return new ParseException("option '" + name + "' takes no value");
    }
    List<String> similar =
        options.getMatchingOptions(name.substring(0, Math.min(SIMILAR, name.length())));
    String suggestion =
        similar.isEmpty() ? "" : "; did you mean '--" + String.join("' or '--", similar) + "'?";
    return new ParseException("there is no option '" + name + "'" + suggestion);
  }

  private static ParseException withoutValue(Option option) {
    return new ParseException(
        "option '" + nameOf(option) + "' needs a value: " + option.getArgName());
  }

  private static void checkCount(List<String> operands, Operands expected) throws ParseException {
    if (operands.size() < expected.least()) {
      throw new ParseException(expected.names() + " is missing");
    }
    if (operands.size() > expected.most()) {
      throw new ParseException("'" + operands.get(expected.most()) + "' is one word too many");
    }
  }
}
