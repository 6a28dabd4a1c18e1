package sallyport.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Options and operands of a command line, read as POSIX and GNU have it: {@code -cFILE}, {@code -c
 * FILE}, {@code --config FILE} and {@code --config=FILE} are the same, and behind {@code --} all
 * words are operands. One thread at a time.
 */
public final class Arguments {
  static final Option HELP = Option.flag("Prints this help.", "-h", "--help");
  static final Option VERSION =
      Option.flag("Prints the version of Sallyport and of what it runs on.", "-V", "--version");

  /** By the long names of their options. */
  private final Map<String, String> values = new HashMap<>();

  private final List<String> operands = new ArrayList<>();

  private Arguments() {}

  /**
   * Reads the words behind the name of a command, up to {@link #HELP} or {@link #VERSION}: where
   * one of them is asked for, nothing else matters.
   *
   * @throws BadUsage when a word does not belong to the command, or one is missing
   */
  static Arguments parse(Command command, List<String> words) throws BadUsage {
    Arguments arguments = new Arguments();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("--")) {
        arguments.operands.addAll(words.subList(i + 1, words.size()));
        break;
      }
      if (!isOption(word)) {
        arguments.operands.add(word);
        continue;
      }
      Option option = option(command, nameOf(word));
      String value = attached(word);
      if (option.value() == null) {
        if (value != null) {
          throw new BadUsage("option '" + nameOf(word) + "' takes no value");
        }
        value = "";
      } else if (value == null) {
        i++;
        value = i < words.size() && !isOption(words.get(i)) ? words.get(i) : "";
      }
      if (option.value() != null && value.isEmpty()) {
        throw new BadUsage("option '" + nameOf(word) + "' needs a value: " + option.value());
      }
      if (arguments.values.put(option.name(), value) != null) {
        throw new BadUsage("option '" + option.name() + "' is given twice");
      }
      if (arguments.has(HELP) || arguments.has(VERSION)) {
        return arguments;
      }
    }
    arguments.count(command.operands());
    return arguments;
  }

  private static boolean isOption(String word) {
    return word.length() > 1 && word.charAt(0) == '-';
  }

  private static boolean isLong(String word) {
    return word.startsWith("--");
  }

  private static String nameOf(String word) {
    int end = isLong(word) ? word.indexOf('=') : 2;
    return end < 0 ? word : word.substring(0, end);
  }

  /** The value in the same word; null without one. */
  private static @Nullable String attached(String word) {
    String rest = word.substring(nameOf(word).length());
    if (rest.isEmpty()) {
      return null;
    }
    return rest.charAt(0) == '=' ? rest.substring(1) : rest;
  }

  private static Option option(Command command, String name) throws BadUsage {
    for (Option option : optionsOf(command)) {
      if (option.names().contains(name)) {
        return option;
      }
    }
    throw new BadUsage("there is no option '" + name + "'");
  }

  /** All options, those that every command has at the end. */
  static List<Option> optionsOf(Command command) {
    List<Option> options = new ArrayList<>(command.options());
    options.add(HELP);
    options.add(VERSION);
    return options;
  }

  private void count(Operands expected) throws BadUsage {
    if (operands.size() < expected.least()) {
      throw new BadUsage(expected.names() + " is missing");
    }
    if (operands.size() > expected.most()) {
      throw new BadUsage("'" + operands.get(expected.most()) + "' is one word too many");
    }
  }

  /** What is not an option, in order. */
  public List<String> operands() {
    return List.copyOf(operands);
  }

  /** Whether an option is given. */
  public boolean has(Option option) {
    return values.containsKey(option.name());
  }

  /** The value of an option; null where it is not given and there is no default. */
  public @Nullable String value(Option option) {
    return values.getOrDefault(option.name(), option.defaultValue());
  }

  /**
   * The value of an option that has a default.
   *
   * @throws IllegalArgumentException when it has none
   */
  public String text(Option option) {
    String value = value(option);
    if (value == null) {
      throw new IllegalArgumentException(option + " has no default");
    }
    return value;
  }

  /** The same, as the name of a file. */
  public Path path(Option option) {
    return Path.of(text(option));
  }

  /**
   * The same, as a port, 0 to 65535.
   *
   * @throws BadUsage when it is invalid
   */
  public int port(Option option) throws BadUsage {
    String text = text(option);
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException notANumber) {
      // The same is to be said.
    }
    throw new BadUsage(option.name() + ": must be a port, 0 to 65535, is '" + text + "'");
  }

  /**
   * The same, as one of a few words in upper or lower case, which {@link Option#value} lists.
   *
   * @throws BadUsage when it is another one
   */
  public <E extends Enum<E>> E choice(Option option, Class<E> words) throws BadUsage {
    String text = text(option);
    for (E word : words.getEnumConstants()) {
      if (word.name().equals(text.toUpperCase(Locale.ROOT))) {
        return word;
      }
    }
    throw new BadUsage(option.name() + ": must be " + option.value() + ", is '" + text + "'");
  }
}
