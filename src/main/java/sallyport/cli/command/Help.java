package sallyport.cli.command;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** Text that {@code --help} prints, in lines of at most 80 characters. */
final class Help {
  private static final int WIDTH = 80;
  private static final String PRODUCT =
      "A TLS-terminating reverse proxy for services that must encrypt and prove it.";

  private final StringBuilder text = new StringBuilder();

  private Help() {}

  /** Returns the list of commands. */
  static String of(List<Command> commands) {
    Help help = new Help();
    help.text.append("Usage: sallyport COMMAND\n");
    help.paragraph(PRODUCT);
    List<Row> rows = new ArrayList<>();
    for (Command command : commands) {
      if (command.isListed()) {
        rows.add(new Row(command.name(), command.description().getFirst()));
      }
    }
    help.table("Commands", rows);
    help.table("Options", options(CommandParser.generalOptions()));
    help.text.append('\n');
    help.paragraph("'sallyport COMMAND --help' explains a command.");
    return help.text.toString();
  }

  /** Returns the help of one command. */
  static String of(Command command) {
    Help help = new Help();
    help.text.append("Usage: sallyport ").append(command.name());
    for (Option option : command.options()) {
      String name = option.getOpt() == null ? "--" + option.getLongOpt() : "-" + option.getOpt();
      help.text.append(" [").append(name).append(valueOf(option)).append(']');
    }
    Operands operands = command.operands();
    help.text.append(operands.most() == 0 ? "" : " " + operands.names()).append('\n');
    command.description().forEach(help::paragraph);
    if (operands.most() > 0) {
      help.table("Operands", List.of(new Row(operands.names(), operands.description())));
    }
    help.table("Options", options(CommandParser.optionsOf(command)));
    return help.text.toString();
  }

  /** A term and its meaning. */
  private record Row(String term, String meaning) {}

  private static List<Row> options(Options options) {
    List<Row> rows = new ArrayList<>();
    for (Option option : options.getOptions()) {
      String shortName = option.getOpt() == null ? "    " : "-" + option.getOpt() + ", ";
      rows.add(
          new Row(
              shortName + "--" + option.getLongOpt() + valueOf(option), option.getDescription()));
    }
    return rows;
  }

  private static String valueOf(Option option) {
    return option.hasArg() ? " " + option.getArgName() : "";
  }

  private void paragraph(String words) {
    wrapped(words, 0, 0);
  }

  private void table(String title, List<Row> rows) {
    text.append('\n').append(title).append(":\n");
    int column = 4 + rows.stream().mapToInt(row -> row.term().length()).max().orElse(0);
    for (Row row : rows) {
      text.append("  ").append(row.term());
      text.append(" ".repeat(column - 2 - row.term().length()));
      wrapped(row.meaning(), column, column);
    }
  }

  /** Appends words from a column on; further lines begin at {@code indent}. */
  private void wrapped(String words, int column, int indent) {
    int at = column;
    for (String word : words.split(" ", -1)) {
      if (at > indent && at + 1 + word.length() > WIDTH) {
        text.append('\n').append(" ".repeat(indent));
        at = indent;
      } else if (at > indent) {
        text.append(' ');
        at++;
      }
      text.append(word);
      at += word.length();
    }
    text.append('\n');
  }
}
