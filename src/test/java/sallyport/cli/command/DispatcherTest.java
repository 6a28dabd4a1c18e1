package sallyport.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How command lines are read: a command prints what it gets. */
class DispatcherTest {
  private static final Option FILE =
      Option.builder("c")
          .longOpt("config")
          .hasArg()
          .argName("FILE")
          .desc("A file. Default: usual.conf.")
          .get();
  private static final Option URL =
      Option.builder().longOpt("url").hasArg().argName("URL").desc("An address.").get();
  private static final Option READY = Option.builder("r").longOpt("ready").desc("Whether.").get();

  private static final class Say implements Command {
    private final int most;

    Say(int most) {
      this.most = most;
    }

    @Override
    public String name() {
      return "say";
    }

    @Override
    public List<String> description() {
      return List.of("Says it. ".repeat(20).strip(), "And no more.");
    }

    @Override
    public List<Option> options() {
      return List.of(FILE, URL, READY);
    }

    @Override
    public Operands operands() {
      return new Operands("WORD", "What to say.", 0, most);
    }

    @Override
    public int run(CommandLine line, PrintWriter out, PrintWriter err) {
      List<String> said = new ArrayList<>();
      said.add(line.getOptionValue(FILE, "usual.conf"));
      said.add(String.valueOf(line.getOptionValue(URL)));
      said.add(String.valueOf(line.hasOption(READY)));
      said.addAll(line.getArgList());
      out.print(String.join(" ", said));
      return ExitStatus.OK;
    }
  }

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /** The exit status of a line whose words are between blanks. */
  private int execute(String line) {
    String[] words = line.isEmpty() ? new String[0] : line.split(" ");
    return new Dispatcher(List.of(new Say(9)))
        .execute(words, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  @ParameterizedTest
  @CsvSource({
    "say, usual.conf null false",
    "say -c x.conf, x.conf null false",
    "say -cx.conf, x.conf null false",
    "say -c=x.conf, x.conf null false",
    "say --config x.conf, x.conf null false",
    "say --config=x.conf, x.conf null false",
    "say --config=-x, -x null false",
    "say --url=a=b --ready, usual.conf a=b true",
    "say --url \"a\", usual.conf \"a\" false",
    "say -r one -c x.conf two, x.conf null true one two",
    "say - -r, usual.conf null true -",
    "say -r -- -c --, usual.conf null true -c --"
  })
  void optionsAndOperandsAreReadAsPosixAndGnuHaveThem(String line, String said) {
    assertThat(execute(line)).as(err.toString()).isZero();
    assertThat(out).hasToString(said);
  }

  @ParameterizedTest
  @CsvSource({
    "say --colour, there is no option '--colour'",
    "say --colour=x, there is no option '--colour'",
    "say --conf x.conf, there is no option '--conf'; did you mean '--config'?",
    "say --confgi=x.conf, there is no option '--confgi'; did you mean '--config'?",
    "say -x, there is no option '-x'",
    "say -u x, there is no option '-u'; did you mean '--url'?",
    "say -c, option '--config' needs a value: FILE",
    "say --config=, option '--config' needs a value: FILE",
    "say -c --ready, option '--config' needs a value: FILE",
    "say -c x.conf --config=y.conf, option '--config' is given twice",
    "say --ready=yes, option '--ready' takes no value",
    "say -rc, option '--config' needs a value: FILE",
    "say --help=yes, option '--help' takes no value",
    "say 1 2 3 4 5 6 7 8 9 10, '''10'' is one word too many'"
  })
  void whatMakesNoSenseIsSaid(String line, String complaint) {
    assertThat(execute(line)).isEqualTo(64);
    assertThat(out).hasToString("");
    assertThat(err).hasToString("sallyport say: " + complaint + "\nTry 'sallyport say --help'.\n");
  }

  @ParameterizedTest
  @CsvSource({
    "'', a command is needed",
    "sing, there is no command 'sing'",
    "--colour, there is no command '--colour'"
  })
  void aLineWithoutACommandIsBadUsage(String line, String complaint) {
    assertThat(execute(line)).isEqualTo(64);
    assertThat(err).hasToString("sallyport: " + complaint + "\nTry 'sallyport --help'.\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"say --help", "say -h", "say -c x.conf one --help --colour", "say --colour -h"})
  void helpExplainsACommandInLinesThatFit(String line) {
    assertThat(execute(line)).isZero();
    assertThat(out.toString())
        .startsWith("Usage: sallyport say [-c FILE] [--url URL] [-r] WORD\nSays it. Says it.")
        .contains("\nAnd no more.\n", "  -c, --config FILE  A file. Default: usual.conf.\n")
        .contains("      --url URL      An address.\n", "  -h, --help ");
    assertThat(out.toString().lines()).allMatch(each -> each.length() <= 80);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V", "say --version", "say -V"})
  void versionIsAnOptionToo(String line) {
    assertThat(execute(line)).isZero();
    assertThat(out.toString()).startsWith("sallyport ").contains("BoringSSL");
  }

  @Test
  void anErrorOfOurOwnIsToldWithItsTrace() {
    Command broken =
        new Command() {
          @Override
          public String name() {
            return "break";
          }

          @Override
          public List<String> description() {
            return List.of("Breaks.");
          }

          @Override
          public int run(CommandLine line, PrintWriter out, PrintWriter err) {
            throw new IllegalStateException("broken");
          }
        };
    int status =
        new Dispatcher(List.of(broken))
            .execute(
                new String[] {"break"}, new PrintWriter(out, true), new PrintWriter(err, true));

    assertThat(status).isEqualTo(70);
    assertThat(err.toString()).startsWith("java.lang.IllegalStateException: broken\n\tat ");
  }
}
