package sallyport.cli;

import java.util.ArrayList;
import java.util.List;

/** What {@code --help} prints, in lines of 80 characters. */
final class Help {
  private static final int WIDTH = 80;
  private static final String PRODUCT =
      "A TLS-terminating reverse proxy for services that must encrypt and prove it.";

  private final StringBuilder text = new StringBuilder();

  private Help() {}

  /** The list of commands. */
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
    help.table("Options", options(List.of(Arguments.HELP, Arguments.VERSION)));
    help.text.append('\n');
    help.paragraph("'sallyport COMMAND --help' explains a command.");
    return help.text.toString();
  }

  /** One command. */
  static String of(Command command) {
    Help help = new Help();
    help.text.append("Usage: sallyport ").append(command.name());
    for (Option option : command.options()) {
      help.text.append(" [").append(option.names().getFirst());
      help.text.append(option.value() == null ? "" : " " + option.value()).append(']');
    }
    Operands operands = command.operands();
    help.text.append(operands.most() == 0 ? "" : " " + operands.names()).append('\n');
    command.description().forEach(help::paragraph);
    if (operands.most() > 0) {
      help.table("Operands", List.of(new Row(operands.names(), operands.description())));
    }
    help.table("Options", options(Arguments.optionsOf(command)));
    return help.text.toString();
  }

  /** A term and what it means. */
  private record Row(String term, String meaning) {}

  private static List<Row> options(List<Option> options) {
    List<Row> rows = new ArrayList<>();
    for (Option option : options) {
      String names = String.join(", ", option.names());
      String indent = names.startsWith("--") ? "    " : "";
      String value = option.value() == null ? "" : " " + option.value();
      String otherwise =
          option.defaultValue() == null ? "" : " Default: " + option.defaultValue() + ".";
      rows.add(new Row(indent + names + value, option.description() + otherwise));
    }
    return rows;
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

  /** Words from a column on; further lines begin at {@code indent}. */
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
